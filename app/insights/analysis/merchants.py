"""Groups rows by merchant, however the bank spells it: "SPOTLY P885440" and "SPOTLY P140891" are one merchant.

A name that is seen often enough is a merchant as it is written: "Shop 3" is not "Shop 4". Other names are compared
without what changes from one payment to the next: reference numbers, dates, the payment processor, the legal form.
"""

import calendar
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterable

from app.insights.analysis.rows import Row

# A name seen this often is not an accident of one payment.
OFTEN = 3
SHORTEST_NAME = 5  # too many other names begin with a shorter one
WORD = re.compile(r"[^\s*/_|,;:()\[\]]+")
EDGES = ".-#'\""
PROCESSORS = frozenset({"paypal", "pp", "sq", "tst", "sumup", "zettle", "klarna", "stripe", "gocardless", "ppro"})
LEGAL_FORMS = frozenset({"ab", "ag", "bv", "co", "gmbh", "inc", "llc", "ltd", "plc", "sa", "sarl", "srl", "www"})
MONTHS = frozenset(name.casefold() for name in (*calendar.month_name, *calendar.month_abbr) if name)
DOMAIN = re.compile(r"\.(com|net|org|io|co|de|fr|eu|uk|nl|se|app|tv)$")
FEWEST_REFERENCE_DIGITS = 3
CODE = re.compile(r"^(?=.{6})[^\W\d_]+\d+[^\W\d_]")  # letters around a digit, such as p0fe2a
LONGEST_NAME_WITH_DIGITS = 3  # O2, A1, H3G


def by_merchant(rows: Iterable[Row]) -> list[list[Row]]:
    """Group the rows that name a merchant: one list for each merchant and currency."""
    return [members for family in families(rows) for members in family]


def families(rows: Iterable[Row]) -> list[list[list[Row]]]:
    """Group as by_merchant does, and put together names that begin alike: "News Daily", "News Daily London"."""
    groups: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(dict)
    for (key, currency), spellings in by_key(rows).items():
        often = {spelling: members for spelling, members in spellings.items() if len(members) >= OFTEN}
        if len(often) < 2:
            groups[key, currency][key] = [row for members in spellings.values() for row in members]
            continue
        groups[key, currency] |= often
        others = [row for spelling, members in spellings.items() if spelling not in often for row in members]
        if others:
            groups[key, currency][key] = others + often.get(key, [])
    roots: dict[tuple[str, str], list[list[Row]]] = defaultdict(list)
    for (key, currency), merchants in groups.items():
        roots[root_of(key, currency, groups), currency] += merchants.values()
    return list(roots.values())


def by_key(rows: Iterable[Row]) -> dict[tuple[str, str], dict[str, list[Row]]]:
    """Group the rows by key and currency, then by spelling."""
    spellings: dict[str, tuple[str, str]] = {}
    found: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        name = row.merchant
        if not name or name.isspace():
            continue
        if name not in spellings:
            spelling = spelling_of(name)
            spellings[name] = spelling, key_of(spelling)
        spelling, key = spellings[name]
        found[key, row.currency][spelling].append(row)
    return found


def root_of(key: str, currency: str, keys: Container[tuple[str, str]]) -> str:
    """Return the shortest prefix of the key that is itself a merchant's name."""
    words = key.split()
    for length in range(1, len(words)):
        shorter = " ".join(words[:length])
        if len(shorter) >= SHORTEST_NAME and (shorter, currency) in keys:
            return shorter
    return key


def spelling_of(name: str) -> str:
    """Return the name without differences in case, width and spaces, without payment processor and legal form."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    words = [DOMAIN.sub("", word.strip(EDGES)) for word in WORD.findall(plain)]
    kept = [word for word in words if word and word not in LEGAL_FORMS]
    if len(kept) > 1 and kept[0] in PROCESSORS:
        kept = kept[1:]
    return " ".join(kept) or plain


def key_of(spelling: str) -> str:
    """Return the words that stay the same from one payment to the next; the whole spelling if none would be left."""
    kept = [word for word in spelling.split() if not is_reference(word) and word not in MONTHS]
    return " ".join(kept) or spelling


def is_reference(word: str) -> bool:
    """True for numbers, dates, and codes with several digits."""
    digits = sum(character.isdigit() for character in word)
    if not any(character.isalpha() for character in word):
        return True
    if len(word) <= LONGEST_NAME_WITH_DIGITS:
        return False
    return digits >= FEWEST_REFERENCE_DIGITS or (digits > 1 and digits * 2 >= len(word) - 1) or bool(CODE.search(word))


def common_name(members: list[Row]) -> str:
    """Return the name to show: the latest row's spelling, without references where these change from row to row.

    members: by date, of one merchant.
    """
    latest = (members[-1].merchant or "").strip()
    counts = Counter(spelling_of(row.merchant or "") for row in members)
    if counts[spelling_of(latest)] * 5 >= len(members) * 4:
        return latest
    kept = WORD.sub(lambda word: "" if is_reference(word[0].casefold().strip(EDGES)) else word[0], latest)
    return " ".join(word for word in kept.split() if WORD.search(word)).rstrip("*/-#_|,;:( ") or latest
