"""Wildcards: what they match, and that no text of them takes long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.authorization.patterns import Piece, is_any_action, is_arn_like, is_like, keys_in

PATTERNS = st.text("ab*?", max_size=8)
ARNS = st.text("ab:/", max_size=12).map(lambda rest: f"arn:aws:s3:::{rest}")
STARS = "*a" * 40 + "*b"
"""Forty stars, which match in many ways what does not end as it should."""


def pieces(text: str, *, is_literal: bool = False) -> tuple[Piece, ...]:
    return (Piece(text, is_literal=is_literal),)


@given(PATTERNS, st.text("ab", max_size=8))
def test_a_star_is_any_text_and_a_question_mark_one_sign(pattern: str, text: str) -> None:
    plain = re.compile(pattern.replace("*", ".*").replace("?", "."), re.DOTALL)
    assert is_like(pieces(pattern), text) is (plain.fullmatch(text) is not None)
    assert is_any_action((pattern,), text) is (plain.fullmatch(text) is not None)
    assert is_like(pieces(pattern, is_literal=True), text) is (pattern == text)


@given(st.text("ab*?:/", max_size=10), ARNS)
def test_a_wildcard_of_an_arn_ends_at_a_colon_but_for_the_last_part(pattern: str, arn: str) -> None:
    whole = f"arn:*:s3:::{pattern}"
    plain = re.compile("arn:[^:]*:s3:::" + pattern.replace("*", ".*").replace("?", "."), re.DOTALL)
    assert is_arn_like(pieces(whole), arn, fills=True) is (plain.fullmatch(arn) is not None)


@given(st.lists(st.text("ab*?", max_size=4), min_size=6, max_size=6), st.lists(st.text("ab", max_size=3), min_size=6))
def test_each_part_of_an_arn_is_compared_by_itself(patterns: list[str], texts: list[str]) -> None:
    plain = [each.replace("*", "[^:]*").replace("?", "[^:]") for each in patterns[:-1]]
    last = patterns[-1].replace("*", ".*").replace("?", ".")
    expression = re.compile(":".join([*plain, last]), re.DOTALL)
    arn = ":".join(texts)
    assert is_arn_like(pieces(":".join(patterns)), arn, fills=False) is (expression.fullmatch(arn) is not None)


def test_the_key_of_a_variable_is_without_its_default() -> None:
    assert keys_in("a/${s3:prefix, 'x, y'}/${aws:username}/${*}") == ["s3:prefix", "aws:username", "*"]


@pytest.mark.parametrize("text", ["a" * 2000, "a" * 2000 + "b"])
def test_many_stars_are_compared_at_once(text: str) -> None:
    matches = text.endswith("b")
    assert is_like(pieces(STARS), text) is matches
    assert is_any_action((f"s3:{STARS}",), f"s3:{text}") is matches
    assert is_arn_like(pieces(f"arn:aws:s3:::{STARS}"), f"arn:aws:s3:::{text}", fills=True) is matches
