"""The rules for passwords; none is lost when typed on another keyboard."""

import contextlib
import threading
import time

import pytest
from pydantic import BaseModel, ValidationError

from app.identity.password_rules import ESTIMATED_CHARACTERS, NewPassword, TypedPassword, refuse_guessable
from app.identity.passwords import HASHER, NOBODYS_HASH, compared
from app.platform.errors import InvalidInputError

EMAIL = "alice.liddell@example.com"
LIGATURES = "ﬁve grey ﬂamingos"
IN_NORMAL_FORM = "five grey flamingos"


class Chosen(BaseModel):
    password: NewPassword


class Typed(BaseModel):
    password: TypedPassword


def taken(password: str, email: str = EMAIL) -> None:
    refuse_guessable(Chosen(password=password).password.get_secret_value(), email=email)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kX9$mQ2!vL7w",
        " leading and trailing blanks stay ",
        "пять серых фламинго",
        "馬 電池 正しい ホッチキス 青い扉",
        "🐎🔋🖇️🚪🌋🦩🧭🪁🪃🪗🪘🪙",
        "👩‍👩‍👧‍👦 and eight grey flamingos",
        LIGATURES,
        "x" * 4 + "correct horse battery staple and then blue flamingos " * 2,
        "".join(chr(0x1F400 + number * 37 % 128) for number in range(128)),
    ],
)
def test_long_and_rare_passwords_of_any_characters_are_taken(password):
    taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password123456!", "P@ssw0rd1234", "drowssap4321", "passwordpassword", "password password",
        "qwertyuiop12", "qwerty qwerty", "1q2w3e4r5t6y", "123456789012", "abcdefghijkl", "aaaaaaaaaaaa", " " * 12,
        "ababababababab", "iloveyou1234", "trustno1trustno1", "letmein-letmein", "Summer2024!!", "Welcome2026!",
        "1990-01-01 1990-01-01"[:12], "пароль пароль", "ｐａｓｓｗｏｒｄ１２３４", "𝓹𝓪𝓼𝓼𝔀𝓸𝓻𝓭𝟏𝟐𝟑𝟒", "a" * 128,
        "password1234" * 10,
    ],
)  # fmt: skip
def test_passwords_that_are_guessed_early_are_refused(password):
    with pytest.raises(InvalidInputError, match=r"^body.password: should be harder to guess: .*: choose another"):
        taken(password)


@pytest.mark.parametrize(
    "password",
    [
        EMAIL, EMAIL.upper(), "alice.liddell", "liddell alice", "alice-example-com", "AliceLiddell1!", "1234alice1234",
        "spendsense2026", "SpendSense SpendSense", "spendsense-alice", "example.com!!", "4l1c3.l1dd3ll",
        "5p3nd53n53!!", "ａｌｉｃｅ．ｌｉｄｄｅｌｌ",
    ],
)  # fmt: skip
def test_little_more_than_the_own_address_or_the_services_name_is_refused(password):
    with pytest.raises(InvalidInputError, match=r"should not consist of your e-mail address|should be harder"):
        taken(password)


def test_short_words_of_the_address_are_no_part_of_every_password():
    taken("eight grey flamingos", email="e@a-g.me")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "12 to 128 characters"),
        ("x" * 129, "128"),
        ("e\u0301" * 11, "12 to 128 characters"),
        ("ﷺ" * 8, "12 to 128 characters"),
        ("correct horse\0battery", "no control characters"),
        ("correct horse\tbattery", "no control characters"),
        ("correct horse\r\nbattery", "no control characters"),
        ("correct horse\x7fbattery", "no control characters"),
        ("correct horse\x85battery", "no control characters"),
        ("correct horse\u2028battery", "no control characters"),
        ("correct horse \ud83d battery", "surrogate"),
        ("correct horse \udc00 battery", "surrogate"),
    ],
)
def test_what_cannot_be_a_password_is_refused_with_what_is_expected(password, reason):
    with pytest.raises(ValidationError) as refused:
        Chosen(password=password)
    (error,) = refused.value.errors(include_input=False)
    assert reason in error["msg"]
    assert "horse" not in error["msg"]


def test_a_typed_password_may_be_of_any_form_that_can_be_hashed():
    for password in ("", "short", "with\ttab", "x" * 128):
        assert Typed(password=password).password.get_secret_value() == password
    for password in ("x" * 129, "half \ud83d of a pair"):
        with pytest.raises(ValidationError):
            Typed(password=password)


def test_the_same_letters_of_another_keyboard_are_the_same_password():
    stored = HASHER.hash(IN_NORMAL_FORM)
    for password in (LIGATURES, IN_NORMAL_FORM, "ｆｉｖｅ　ｇｒｅｙ　ｆｌａｍｉｎｇｏｓ"):
        assert compared(password, stored) == (True, None)
    assert compared("four grey flamingos", stored) == (False, None)


def test_a_hash_of_a_password_as_it_was_typed_is_good_and_is_replaced():
    stored = HASHER.hash(LIGATURES)
    found = compared(LIGATURES, stored)
    assert found.matches
    assert compared(IN_NORMAL_FORM, found.better_hash) == (True, None)
    assert not compared(IN_NORMAL_FORM, stored).matches  # nobody can know


def test_a_hash_with_other_parameters_is_replaced():
    weaker = type(HASHER)(time_cost=1, memory_cost=1024, parallelism=1).hash(IN_NORMAL_FORM)
    found = compared(IN_NORMAL_FORM, weaker)
    assert found.matches
    assert not HASHER.check_needs_rehash(found.better_hash)


def test_a_hash_costs_what_owasp_asks_for_and_nobodys_the_same():
    for made in (HASHER.hash(IN_NORMAL_FORM), NOBODYS_HASH):
        assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "unit", ["4@8({[<3690!1|/0$5+7%2", "p4ssw0rd$5+7%2{[<(", "abc", "11.11.1911", "qwertzxcvb", "ﷺ", "4({[<3690!1|"]
)
def test_no_password_takes_long_to_estimate(unit):
    began = time.thread_time()
    with contextlib.suppress(InvalidInputError, ValidationError):
        taken((unit * 128)[:128])
    assert time.thread_time() - began < 1.5  # 72 characters of the first took 3.3 s, 128 took ten


def test_several_passwords_are_checked_at_once():
    failed: list[Exception] = []

    def check() -> None:
        for _ in range(10):
            try:
                taken("correct horse battery")
            except Exception as exc:  # noqa: BLE001 - of a thread, for the test
                failed.append(exc)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_characters_after_a_good_beginning_do_not_count():
    assert len("kX9$mQ2!vL7w") < ESTIMATED_CHARACTERS
    taken("kX9$mQ2!vL7w" + "a" * 100)
