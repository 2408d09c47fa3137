"""Pages of a list: a cursor says where the last page ended, and is opaque to clients."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from app.platform.errors import InvalidInputError

DEFAULT_LIMIT = 50
MAX_LIMIT = 500

Item = TypeVar("Item")
Position = tuple[str, ...]


class Page(BaseModel, Generic[Item]):
    """One part of an ordered list; `next_cursor` fetches the next part and is None at the end."""

    items: list[Item]
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null on the last")


def page_of(found: Sequence[Item], limit: int, position: Callable[[Item], Position]) -> Page[Item]:
    """Make a page of the first `limit` items found; one item more means that there is a next page."""
    items = list(found[:limit])
    return Page(items=items, next_cursor=cursor_at(position(items[-1])) if len(found) > limit else None)


def cursor_at(position: Position) -> str:
    """Encode a position as the cursor for the next page."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def position_in(cursor: str, parts: int) -> Position:
    """Decode what `cursor_at` encoded. Errors: InvalidInputError for a text that it never made."""
    try:
        position = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        position = None
    if not isinstance(position, list) or [type(part) for part in position] != [str] * parts:
        raise unusable_cursor()
    return tuple(position)


def unusable_cursor() -> InvalidInputError:
    return InvalidInputError(
        "The cursor does not belong to this list: start without one",
        errors=[{"location": "query.cursor", "message": "does not belong to this list"}],
    )
