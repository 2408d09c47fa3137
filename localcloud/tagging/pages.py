"""Pages of listed resources: a token is a position, and stays valid after a restart."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from localcloud.errors import AwsError
from localcloud.tagging.resources import Tagged

Item = TypeVar("Item")

KEYS_PER_PAGE = 1000
RESOURCES_PER_PAGE = 50
TAGS_PER_PAGE = 100


def resources(
    found: Sequence[Tagged], token: str | None, most: int | None, most_tags: int | None
) -> tuple[str, Sequence[Tagged]]:
    """Return the next page's token, and a page with at most this many resources and tags."""
    first = _position(token)
    last, tags = first, 0
    while last < len(found) and last - first < (most or RESOURCES_PER_PAGE):
        tags += len(found[last].tags)
        if tags > (most_tags or TAGS_PER_PAGE) and last > first:
            break
        last += 1
    return _token(last, found), found[first:last]


def names(found: Sequence[Item], token: str | None) -> tuple[str, Sequence[Item]]:
    first = _position(token)
    last = min(first + KEYS_PER_PAGE, len(found))
    return _token(last, found), found[first:last]


def _token(position: int, found: Sequence[object]) -> str:
    """Return the token of the next page; empty after the last one."""
    return base64.b64encode(str(position).encode()).decode() if position < len(found) else ""


def _position(token: str | None) -> int:
    """Errors: AwsError for a token that no page had."""
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except (binascii.Error, ValueError):
        raise AwsError("PaginationTokenExpiredException", "Token does not exist") from None
