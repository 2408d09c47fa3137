"""DynamoDB: an update with only a key creates the item, or leaves it unchanged."""

from functools import wraps
from typing import Any


def patch() -> None:
    """moto assumes that an update without an expression has AttributeUpdates."""
    from moto.dynamodb.models.dynamo_type import Item

    item: Any = Item
    update = item.update_with_attribute_updates

    @wraps(update)
    def update_with_attribute_updates(self: Any, attribute_updates: dict[str, Any] | None) -> None:
        update(self, attribute_updates or {})

    item.update_with_attribute_updates = update_with_attribute_updates
