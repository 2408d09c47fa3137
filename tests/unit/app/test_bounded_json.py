"""Tokens that would cost a parser its life or its time never reach it."""

import io

import pytest

from app.uploads.bounded_json import MAX_DIGITS, MAX_STRING_BYTES, BoundedJson
from app.uploads.json_format import read_json
from app.uploads.reading import UnreadableFileError

PIECES = (1000, 4096, 65536, 1 << 20)
BEGINNING = b'{"transactions":[{"amount":'


def all_of(content: bytes, piece: int) -> bytes:
    file = BoundedJson(io.BytesIO(content))
    return b"".join(iter(lambda: file.read(piece), b""))


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("offset", [0, 1, 255, 256, 300])
def test_a_number_of_too_many_digits_is_refused_wherever_it_stands(piece, offset):
    for number in (b"1" * 2 * MAX_DIGITS, b"0." + b"1" * 2 * MAX_DIGITS, b"-" + b"9" * 5000):
        with pytest.raises(UnreadableFileError, match="digits"):
            all_of(b" " * offset + BEGINNING + number + b"}]}", piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "text",
    [
        b'"' + b"x" * 2 * MAX_STRING_BYTES,
        b'"' + b'\\"' * MAX_STRING_BYTES,
        b'"' + b"\\\\" * MAX_STRING_BYTES,
        b'"x' + b'\\"' * MAX_STRING_BYTES,
        b" " * 2 * MAX_STRING_BYTES,
        b"[" * 2 * MAX_STRING_BYTES,
    ],
    ids=["letters", "escaped quotes", "escaped backslashes", "escapes across pieces", "blanks", "brackets"],
)
def test_a_text_that_does_not_end_is_refused(piece, text):
    with pytest.raises(UnreadableFileError, match="texts"):
        all_of(BEGINNING + text, piece)


@pytest.mark.parametrize("piece", PIECES)
def test_what_banks_write_passes_unchanged(piece):
    content = BEGINNING + b"1" * MAX_DIGITS + b',"logo":"' + b"x" * 100_000 + b'\\\\","name":"a \\"b\\" \\\\"},' * 2000
    assert all_of(content, piece) == content


def test_a_reader_refuses_the_file_of_which_ijson_dies():
    for digits in (4_000, 5_000, 70_000):
        with pytest.raises(UnreadableFileError, match="digits"):
            list(read_json(io.BytesIO(BEGINNING + b"1" * digits)))
