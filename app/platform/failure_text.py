"""Exceptions as text for the logs: what failed and where, never the data it failed on.

A database quotes the row that broke a constraint, a parser the text it could not read. So a message is logged only if
exceptions of its type describe the program or the machine; of a database error, only the code and the names are logged.
"""

import traceback
from collections.abc import Iterator

# Exactly these types, everything derived from OSError, and types that say so themselves (errors.py): subclasses of the
# others may say anything.
SPEAK_OF_THE_PROGRAM = (
    AssertionError,
    AttributeError,
    ImportError,
    ModuleNotFoundError,
    NameError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    TypeError,
    ZeroDivisionError,
)
# Attributes of PostgreSQL errors that name parts of the schema; `detail` and `message` contain values.
NAMES = ("sqlstate", "constraint_name", "table_name", "column_name")
DEEPEST = 20


def described(exc: BaseException) -> str:
    """Describe an exception and its cause in one line."""
    text = one_line(exc)
    inner = getattr(exc, "orig", None)  # SQLAlchemy wraps the driver's error twice
    cause = inner.__cause__ if inner is not None and inner.__cause__ is not None else exc.__cause__
    return text if cause is None else f"{text}, from {one_line(cause)}"


def one_line(exc: BaseException) -> str:
    """Return the exception's type, and its message or names where these are safe to log."""
    kind = f"{type(exc).__module__}.{type(exc).__qualname__}".removeprefix("builtins.")
    names = ", ".join(f"{name}={value}" for name in NAMES if isinstance(value := getattr(exc, name, None), str))
    if names:
        return f"{kind} ({names})"
    if isinstance(exc, OSError):
        return f"{kind}: {exc.strerror or exc}" if exc.errno is not None else kind
    if type(exc) in SPEAK_OF_THE_PROGRAM or getattr(exc, "speaks_of_the_program", False):
        return f"{kind}: {exc}"
    return f"{kind} (its message may quote data)"


def traceback_of(exc: BaseException) -> str:
    """Return the whole chain, first cause first, each with its stack: with source lines, without values."""
    return "\n".join(
        f"{''.join(traceback.format_tb(link.__traceback__))}{one_line(link)}" for link in reversed(list(chain(exc)))
    )


def chain(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception, its cause, and so on; for a group, its members too."""
    seen: set[int] = set()
    waiting = [exc]
    while waiting and len(seen) < DEEPEST:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting.append(link.__cause__ or (None if link.__suppress_context__ else link.__context__))
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
