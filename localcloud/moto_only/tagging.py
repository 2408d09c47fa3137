"""Resource Groups Tagging: pages that outlive a save. moto keeps each list's generator, which cannot be stored."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from localcloud.errors import AwsError

Item = TypeVar("Item")

KEYS_PER_PAGE = 1000


def patch() -> None:
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    backend: Any = ResourceGroupsTaggingAPIBackend
    for operation in (get_resources, get_tag_keys, get_tag_values):
        setattr(backend, operation.__name__, operation)


def get_resources(
    self: Any,
    pagination_token: str | None = None,
    resources_per_page: int = 50,
    tags_per_page: int = 100,
    tag_filters: Any = None,
    resource_type_filters: Any = None,
    resource_arn_list: Any = None,
) -> tuple[str | None, Sequence[Any]]:
    """Return a page that ends before it has more resources or tags than that, and the next one's token."""
    found = list(
        self._get_resources_generator(
            tag_filters=tag_filters,
            resource_type_filters=resource_type_filters,
            resource_arn_list=resource_arn_list,
        )
    )
    first = _position(pagination_token)
    last, tags = first, 0
    while last < len(found) and last - first < resources_per_page:
        tags += len(found[last].tags)
        if tags > tags_per_page and last > first:
            break
        last += 1
    return _token(last, found), found[first:last]


def get_tag_keys(self: Any, pagination_token: str | None = None) -> tuple[str | None, Sequence[str]]:
    return _page(list(dict.fromkeys(self._get_tag_keys_generator())), pagination_token)


def get_tag_values(self: Any, pagination_token: str | None, key: str) -> tuple[str | None, Sequence[str]]:
    return _page(list(dict.fromkeys(self._get_tag_values_generator(key))), pagination_token)


def _page(found: Sequence[Item], token: str | None) -> tuple[str | None, Sequence[Item]]:
    first = _position(token)
    last = min(first + KEYS_PER_PAGE, len(found))
    return _token(last, found), found[first:last]


def _token(position: int, found: Sequence[object]) -> str | None:
    """Name the next page; None after the last one."""
    return base64.b64encode(str(position).encode()).decode() if position < len(found) else None


def _position(token: str | None) -> int:
    """Errors: AwsError for a token that no page had."""
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except (binascii.Error, ValueError):
        raise AwsError("PaginationTokenExpiredException", "Token does not exist") from None
