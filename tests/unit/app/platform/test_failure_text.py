"""Exceptions in the logs: their type, place and names of the schema, never the data."""

import asyncpg
import pytest
from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError

from app.platform.errors import InvalidInputError, UnavailableError
from app.platform.failure_text import described, one_line, traceback_of

PLANTED = "planted-secret"


def unique_violation() -> asyncpg.PostgresError:
    """Return the error as the server sends it."""
    return asyncpg.PostgresError.new(
        {
            "C": "23505",
            "M": f"duplicate key value {PLANTED}",
            "D": f"Key (email)=({PLANTED}) already exists.",
            "n": "users_email_key",
            "t": "users",
        }
    )


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as exc:
        return exc


def validation_error() -> Exception:
    try:
        TypeAdapter(int).validate_python(PLANTED)
    except ValueError as exc:
        return exc
    raise AssertionError("not raised")


@pytest.mark.parametrize(
    "error",
    [
        unique_violation(),
        ValueError(PLANTED),
        KeyError(PLANTED),
        InvalidInputError(PLANTED),
        LookupError(PLANTED),
        UnicodeDecodeError("utf-8", PLANTED.encode(), 0, 1, PLANTED),
        validation_error(),
        IntegrityError(PLANTED, (PLANTED,), unique_violation()),
        ExceptionGroup("several", [ValueError(PLANTED)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_message_that_may_quote_data_is_left_out(error):
    text = traceback_of(raised(error)) + described(error)
    assert PLANTED not in text
    assert type(error).__name__ in text


def test_an_error_of_the_database_shows_its_code_and_its_subject():
    text = one_line(unique_violation())
    assert "UniqueViolationError (sqlstate=23505, constraint_name=users_email_key, table_name=users)" in text


def test_a_message_about_the_program_or_the_machine_is_kept():
    assert one_line(TypeError("f() takes no arguments")) == "TypeError: f() takes no arguments"
    assert one_line(ConnectionRefusedError(111, "Connection refused")) == "ConnectionRefusedError: Connection refused"


def test_the_cause_comes_first_with_the_place_of_each():
    def fails() -> None:
        try:
            raise ValueError(PLANTED)
        except ValueError as exc:
            raise RuntimeError("outer") from exc

    with pytest.raises(RuntimeError) as caught:
        fails()
    text = traceback_of(caught.value)
    assert text.index("ValueError") < text.index("RuntimeError: outer")
    assert text.count("in fails") == 2


def test_a_dependency_that_does_not_respond_is_named():
    assert one_line(UnavailableError("Redis does not respond")).endswith("UnavailableError: Redis does not respond")
