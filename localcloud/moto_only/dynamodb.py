"""DynamoDB: updates with only a key keep or create the item; typed values; tables change capacity, encryption."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.checks.dynamodb import check_batch, check_values

if TYPE_CHECKING:
    from moto.core.common_types import TYPE_RESPONSE
    from moto.core.responses import ActionResult
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.responses import DynamoHandler

ON_DEMAND = "PAY_PER_REQUEST"
NO_CAPACITY = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def patch() -> None:
    """moto assumes that an update without an expression has AttributeUpdates, and ignores half of a table's update."""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.dynamo_type import Item
    from moto.dynamodb.responses import DynamoHandler

    item: Any = Item
    update = item.update_with_attribute_updates

    @wraps(update)
    def update_with_attribute_updates(self: Any, attribute_updates: dict[str, Any] | None) -> None:
        update(self, attribute_updates or {})

    item.update_with_attribute_updates = update_with_attribute_updates
    wrap(DynamoHandler, "call_action", _with_typed_values)
    wrap(DynamoHandler, "update_table", _whole)
    wrap(DynamoHandler, "batch_write_item", checking(lambda self, _: check_batch(self.body["RequestItems"])))
    wrap(DynamoDBBackend, "update_table_streams", _more_than_once)


def _with_typed_values(act: Callable[[DynamoHandler], TYPE_RESPONSE]) -> Callable[[DynamoHandler], TYPE_RESPONSE]:
    """moto takes the first type of a value, and fails where there is none."""

    @wraps(act)
    def call_action(self: DynamoHandler) -> TYPE_RESPONSE:
        check_values(self._get_action(), getattr(self, "params", {}))
        return act(self)

    return call_action


def _whole(update: Callable[[DynamoHandler], ActionResult]) -> Callable[[DynamoHandler], ActionResult]:
    @wraps(update)
    def update_table(self: DynamoHandler) -> ActionResult:
        response = update(self)
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        if (encryption := self.body.get("SSESpecification")) is not None:
            own_key = table._get_default_encryption_key(table.account_id, table.region_name)
            table.sse_specification = {"KMSMasterKeyId": own_key} | encryption
        if self.body.get("BillingMode") == ON_DEMAND:
            table.throughput = NO_CAPACITY | {"NumberOfDecreasesToday": 0}
            for index in table.global_indexes:
                index.throughput = dict(NO_CAPACITY)
        return type(response)(table.describe())

    return update_table


def _more_than_once(update: Callable[..., None]) -> Callable[..., None]:
    """Let a disabled stream be enabled again; moto mistakes the old stream's label for an enabled stream."""

    @wraps(update)
    def update_table_streams(self: DynamoDBBackend, table: Table, stream_specification: dict[str, object]) -> None:
        if not (table.stream_specification or {}).get("StreamEnabled"):
            table.latest_stream_label = None
        update(self, table, stream_specification)

    return update_table_streams
