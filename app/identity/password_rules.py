"""Rules for a new password: long enough, typeable on every keyboard, and hard to guess.

Only length and rarity count, as NIST SP 800-63B recommends: no rules about kinds of characters, no expiry. A password
is compared and stored in normal form (NFKC), so that the same letters are the same password on every keyboard. zxcvbn
estimates how early it would be guessed, from lists of leaked passwords, names and words, dates, keyboard rows and
repetitions.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, NoReturn

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from app.platform.errors import InvalidInputError

MIN_CHARACTERS = 12
# At most four bytes each in UTF-8: 512 bytes.
MAX_CHARACTERS = 128
# Control characters, halves of surrogate pairs, line and paragraph separators: not on every keyboard, or not text.
UNUSABLE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Guesses needed, as a power of ten: for the password, and for its letters and digits alone, because zxcvbn takes
# `password password` for two words with something rare between them.
HARD_ENOUGH, LETTERS_HARD_ENOUGH = 8.0, 7.0
# The time of the estimate grows with the square of the length, and with the product of the signs that may stand for a
# letter: 72 well-chosen characters took seconds. A password that begins that well is good.
ESTIMATED_CHARACTERS = 40
ONE_SIGN_FOR_A_LETTER = str.maketrans("{[<|", "(((!")
SERVICE = "spendsense"
# For what remains without the user's own words and the service's name. Shorter words occur in too many others.
OTHER_CHARACTERS, OTHERS_HARD_ENOUGH = 8, 6.0
OWN_WORD_CHARACTERS = 3

# The library keeps the user's own words in a global variable.
ESTIMATE = threading.Lock()

ADVICE = "choose another, for example four words that have nothing to do with each other"


def normalized(password: str) -> str:
    """Return the password in the form that is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def encodable(password: SecretStr) -> SecretStr:
    """Refuse half of a surrogate pair: JSON can write it, UTF-8 cannot, and nothing can hash it."""
    if any("\ud800" <= character <= "\udfff" for character in password.get_secret_value()):
        refuse("should be valid Unicode, but contains an unpaired surrogate")
    return password


def well_formed(password: SecretStr) -> SecretStr:
    """Refuse passwords that are too short or too long, or cannot be typed everywhere."""
    text = normalized(encodable(password).get_secret_value())
    if any(unicodedata.category(character) in UNUSABLE_CATEGORIES for character in text):
        refuse("should contain no control characters, such as tabs or line breaks")
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        refuse(f"should have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters (counted in normal form NFKC)")
    return password


def refuse(reason: str) -> NoReturn:
    """Raise with the rule that was broken; the password itself is not quoted."""
    raise PydanticCustomError("password", "{reason}", {"reason": reason})


TypedPassword = Annotated[
    SecretStr, Field(max_length=MAX_CHARACTERS, examples=["correct horse battery"]), AfterValidator(encodable)
]
"""A password to compare: older ones may have any form."""

NewPassword = Annotated[
    SecretStr,
    Field(
        max_length=MAX_CHARACTERS,
        examples=["correct horse battery"],
        json_schema_extra={"minLength": MIN_CHARACTERS},
        description="12 to 128 characters of any kind; passwords that are easy to guess are refused",
    ),
    AfterValidator(well_formed),
]
"""A password to store, checked as far as possible without knowing the user: see `refuse_guessable`."""


def refuse_guessable(password: str, *, email: str, location: str = "body.password") -> None:
    """Refuse a well-formed password that is easy to guess. Takes up to some tenths of a second of CPU.

    location: of the password in the request. Errors: InvalidInputError.
    """
    reason = why_guessable(normalized(password), list(words_of(email)))
    if reason is not None:
        message = f"{reason}: {ADVICE}"
        raise InvalidInputError(f"{location}: {message}", errors=[{"location": location, "message": message}])


def why_guessable(password: str, own_words: list[str]) -> str | None:
    """Explain to the user why the password is bad; None when it is not."""
    alternatives = "|".join(re.escape(word) for word in sorted(own_words, key=len, reverse=True))
    others = re.sub(alternatives, "", password, flags=re.IGNORECASE).strip()
    if others != password.strip() and (
        len(others) < OTHER_CHARACTERS or guesses(others, own_words) < OTHERS_HARD_ENOUGH
    ):
        return "should not consist of your e-mail address or this service's name"
    letters = "".join(character for character in password if character.isalnum())
    if guesses(password, own_words) < HARD_ENOUGH or (letters and guesses(letters, own_words) < LETTERS_HARD_ENOUGH):
        return "should be harder to guess: it resembles leaked or common passwords"
    return None


def guesses(text: str, own_words: list[str]) -> float:
    """Estimate how many guesses find the text, as a power of ten."""
    from zxcvbn import zxcvbn  # pylint: disable=import-outside-toplevel # its lists take 10 MB

    beginning = text[:ESTIMATED_CHARACTERS].translate(ONE_SIGN_FOR_A_LETTER)
    with ESTIMATE:
        found: float = zxcvbn(beginning, user_inputs=own_words)["guesses_log10"]
    return found


def words_of(email: str) -> Iterator[str]:
    """Yield what a guesser would know about the user and this service."""
    yield SERVICE
    yield from {email, *long_enough(re.split(r"[^A-Za-z0-9]+", email)), *long_enough(email.split("@"))}


def long_enough(words: Iterable[str]) -> Iterator[str]:
    """Keep the words that are long enough not to be part of many others."""
    return (word for word in words if len(word) >= OWN_WORD_CHARACTERS)
