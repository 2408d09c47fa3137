"""The lock of an environment's deploys: an item in DynamoDB, taken, renewed and released by conditional writes."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.aws.clients import Aws, Wire
from ops.errors import DeployRefused
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.locking.holder import Holder, has_ended, holder_of

NAME = "deploy"
BY_FORCE = "by force"
LEASE_S = 300
"""How long a lock lasts if nobody renews it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """id: new for each taking. since: when it was taken. expires_at: seconds since 1970. version: to be deployed."""

    id: str
    holder: Holder
    since: datetime
    expires_at: int
    version: str

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= time.time()

    @property
    def expiry(self) -> datetime:
        return datetime.fromtimestamp(self.expires_at, UTC)

    def __str__(self) -> str:
        return f"{self.holder}, since {self.since:%Y-%m-%dT%H:%M:%SZ}, to deploy {self.version}"

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "caller": self.holder.caller,
            "host": self.holder.host,
            "pid": self.holder.pid,
            "run_url": self.holder.run_url or None,
            "since": self.since.isoformat(),
            "expires_at": self.expiry.isoformat(),
            "expired": self.has_expired,
            "version": self.version,
        }

    def as_item(self) -> Wire:
        return {
            "name": {"S": NAME},
            "id": {"S": self.id},
            "since": {"S": self.since.isoformat()},
            "expires_at": {"N": str(self.expires_at)},
            "version": {"S": self.version},
            **self.holder.as_item(),
        }


def lock_of(item: Mapping[str, Wire]) -> Lock:
    return Lock(
        id=item["id"]["S"],
        holder=holder_of(item),
        since=datetime.fromisoformat(item["since"]["S"]),
        expires_at=int(item["expires_at"]["N"]),
        version=item["version"]["S"],
    )


def read(aws: Aws) -> Lock | None:
    """Return the lock as it is now; None when nobody has one. DynamoDB GetItem."""
    response = aws.dynamodb.get_item(
        TableName=aws.environment.lock_table, Key={"name": {"S": NAME}}, ConsistentRead=True
    )
    return lock_of(response["Item"]) if "Item" in response else None


def take(
    aws: Aws, holder: Holder, version: str, *, force: bool, say: Callable[[str], None], why_forced: str = BY_FORCE
) -> Lock:
    """Take the lock; report its former holder, if any. DynamoDB PutItem.

    A lock that has expired, or whose process on this machine has ended, counts as free. With `force` every lock does,
    for the reason `why_forced`. Errors: DeployRefused, saying who holds it.
    """
    now = time.time()
    wanted = Lock(
        id=uuid.uuid4().hex,
        holder=holder,
        since=datetime.fromtimestamp(int(now), UTC),
        expires_at=int(now) + LEASE_S,
        version=version,
    )
    while (present := read(aws)) is not None and present.id != wanted.id:
        why = reason_to_take(present, holder) or (why_forced if force else None)
        if why is None:
            raise refusal(aws, present)
        if put(aws, wanted, instead_of=present):
            say(f"the lock of {present} was taken over: {why}")
            return wanted
    if present is None and not put(aws, wanted, instead_of=None):
        return take(aws, holder, version, force=force, say=say, why_forced=why_forced)  # somebody was faster
    return wanted


def reason_to_take(present: Lock, holder: Holder) -> str | None:
    """Return why somebody else's lock may be taken; None when it may not."""
    if present.has_expired:
        return f"nobody has renewed it, and it expired at {present.expiry:%H:%M:%SZ}"
    return "its process has ended" if has_ended(present.holder, holder) else None


def put(aws: Aws, wanted: Lock, *, instead_of: Lock | None) -> bool:
    """Write a lock if there is none, or exactly `instead_of`; say whether it was written. DynamoDB PutItem."""
    condition: Wire = {"ConditionExpression": "attribute_not_exists(id)"}
    if instead_of is not None:
        condition = only_if(instead_of)
    try:
        aws.dynamodb.put_item(TableName=aws.environment.lock_table, Item=wanted.as_item(), **condition)
    except aws.dynamodb.exceptions.ConditionalCheckFailedException:
        # A repeated request after a lost response finds its own item.
        present = read(aws)
        return present is not None and present.id == wanted.id
    return True


def renew(aws: Aws, lock: Lock) -> bool:
    """Extend a lock by LEASE_S; say whether it still existed. DynamoDB UpdateItem."""
    condition = only_if(lock)
    condition["ExpressionAttributeValues"][":expiry"] = {"N": str(int(time.time()) + LEASE_S)}
    try:
        aws.dynamodb.update_item(
            TableName=aws.environment.lock_table,
            Key={"name": {"S": NAME}},
            UpdateExpression="SET expires_at = :expiry",
            **condition,
        )
    except aws.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def release(aws: Aws, lock: Lock) -> bool:
    """Delete a lock; say whether it still existed. DynamoDB DeleteItem."""
    try:
        aws.dynamodb.delete_item(TableName=aws.environment.lock_table, Key={"name": {"S": NAME}}, **only_if(lock))
    except aws.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def only_if(lock: Lock) -> Wire:
    """Return the condition that a lock is still the one that was read."""
    return {"ConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": lock.id}}}


def refusal(aws: Aws, lock: Lock) -> DeployRefused:
    where = aws.environment
    return DeployRefused(
        f"{where.name} is locked by {lock}; unless renewed the lock expires at {lock.expiry:%Y-%m-%dT%H:%M:%SZ}",
        next_step=f"wait for that deploy: `{command_in(where, 'wait')}`; roll it back: "
        f"`{command_in(where, 'rollback')}`; if it is no longer running: `{command_in(where, 'lock release --force')}`",
        failure_class=FailureClass.OTHER_DEPLOY,
    )
