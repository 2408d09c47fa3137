"""Subscription filters: send matching lines to a Kinesis or Firehose stream as they arrive, in AWS's format."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.filter_patterns import FilterPattern, InvalidPattern, compiled
from localcloud.cloudwatch.logs.operations.account import (
    Account,
    Call,
    Operation,
    Response,
    group_of,
    invalid,
    without_none,
)
from localcloud.cloudwatch.logs.operations.metric_filters import check_offered, pattern_of
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.cloudwatch.logs.space_patterns import SpacePattern
from localcloud.cloudwatch.logs.store import NewEvent, event_id
from localcloud.errors import AwsError
from localcloud.protocol.caller import service
from localcloud.protocol.own_requests import json_request

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend, SubscriptionFilter


log = logging.getLogger(__name__)

CALLER = service("logs.amazonaws.com")

MOST_OF_A_GROUP = 2
MOST_WAITING = 1000
"""Maximum number of undelivered batches; any excess is lost."""
ARN = re.compile(r"arn:[\w-]+:(?P<service>\w+):(?P<region>[\w-]*):(?P<account>\d*):(?P<resource>.+)")
TEST_FAILED = {
    "kinesis": "Could not deliver test message to specified Kinesis stream. "
    "Check if the given kinesis stream is in ACTIVE state.",
    "firehose": "Could not deliver test message to specified Firehose stream. "
    "Check if the given Firehose stream is in ACTIVE state.",
}
CHECKED = {"kinesis": "Kinesis stream", "firehose": "Firehose"}
CROSS_ACCOUNT = (
    "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account "
    "lambda triggers."
)


@dataclass(frozen=True)
class Target:
    """A Kinesis or Firehose stream."""

    service: str
    region: str
    name: str


@dataclass(frozen=True)
class Subscription:
    """One active filter of a group."""

    name: str
    group: str
    pattern: FilterPattern
    target: Target
    is_random: bool


class Subscriptions:
    """Subscription filters and their deliveries. `observe` runs in the store's thread, all else in the event loop's."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._by_key: Mapping[str, Sequence[Subscription]] = {}
        self._waiting: asyncio.Queue[tuple[Subscription, bytes, str]] = asyncio.Queue(MOST_WAITING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failing: set[tuple[str, str]] = set()
        self.operations: dict[str, Operation] = {
            "PutSubscriptionFilter": self._put,
            "DescribeSubscriptionFilters": self._describe,
            "DeleteSubscriptionFilter": self._delete,
        }

    def follow(self, backends: Mapping[str, LogsBackend]) -> None:
        """Load the filters that moto stores, by region. Call in moto's thread."""
        found: defaultdict[str, list[Subscription]] = defaultdict(list)
        for region, backend in backends.items():
            for group in backend.groups.values():
                for stored in group.subscription_filters.values():
                    if (subscription := _working(backend, stored, group.name)) is not None:
                        found[self._account.key(region, group.name)].append(subscription)
        self._by_key = dict(found)

    def observe(self, events: Sequence[NewEvent], first: int) -> None:
        """Queue matching lines for delivery. `first`: the number of the first event, which is stored already."""
        batches: defaultdict[tuple[Subscription, str], list[Response]] = defaultdict(list)
        for number, event in enumerate(events, first):
            for subscription in self._by_key.get(event.group, ()):
                if subscription.pattern(event.message):
                    batches[subscription, event.stream].append(_sent_event(subscription, event, number))
        for (subscription, stream), found in batches.items():
            data = _message(self._account.host.account_id, subscription, stream, found)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._enqueue, subscription, data, stream)

    async def deliver_forever(self) -> None:
        """Deliver one batch after the other. Rejected batches are lost; on AWS, only after a day of retries."""
        self._loop = asyncio.get_running_loop()
        while True:
            subscription, data, stream = await self._waiting.get()
            try:
                await self._send(subscription.target, data, str(uuid.uuid4()) if subscription.is_random else stream)
                self._failing.discard((subscription.group, subscription.name))
            except Exception:  # The edge of the delivery: continue with the next batch.
                if self._begins_to_fail(subscription):
                    log.exception("Lines of a subscription were lost", extra=_named(subscription))

    def _enqueue(self, subscription: Subscription, data: bytes, stream: str) -> None:
        try:
            self._waiting.put_nowait((subscription, data, stream))
        except asyncio.QueueFull:
            if self._begins_to_fail(subscription):
                log.exception("The lines of a subscription arrive too fast: some are lost", extra=_named(subscription))

    def _begins_to_fail(self, subscription: Subscription) -> bool:
        """Record a failure; True for the first in a row, so that it is logged once."""
        key = (subscription.group, subscription.name)
        is_new = key not in self._failing
        self._failing.add(key)
        return is_new

    async def _put(self, call: Call) -> Response:
        parameters, name = call.parameters, call.parameters["logGroupName"]
        check_offered(call)
        await self._check_destination(call)
        pattern_of(parameters["filterPattern"], "Invalid filter pattern")
        await self._account.require(call.region, name)
        target = await self._account.look(call.region, lambda backend: _target(backend, parameters["destinationArn"]))
        await self._test(target)

        def put(backend: LogsBackend) -> None:
            group = group_of(backend, name)
            stored = group.subscription_filters
            if parameters["filterName"] not in stored and len(stored) >= MOST_OF_A_GROUP:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            settings = (
                parameters["filterName"],
                parameters["filterPattern"],
                parameters["destinationArn"],
                parameters.get("roleArn", ""),
            )
            stored.pop(parameters["filterName"], None)
            group.put_subscription_filter(*settings)
            added = vars(stored[parameters["filterName"]])
            added["distribution"] = parameters.get("distribution", "ByLogStream")
            added["on_transformed"] = bool(parameters.get("applyOnTransformedLogs"))

        await self._account.change(call.region, put)
        return {}

    async def _describe(self, call: Call) -> Response:
        prefix = call.parameters.get("filterNamePrefix", "")

        def describe(backend: LogsBackend) -> list[Response]:
            stored = group_of(backend, call.parameters["logGroupName"]).subscription_filters.values()
            return [_described(each) for each in stored if each.name.startswith(prefix)]

        found = await self._account.look(call.region, describe)
        return page(call, "subscriptionFilters", found, key=lambda each: each["filterName"])

    async def _delete(self, call: Call) -> Response:
        def delete(backend: LogsBackend) -> None:
            stored = group_of(backend, call.parameters["logGroupName"]).subscription_filters
            if stored.pop(call.parameters["filterName"], None) is None:
                raise AwsError("ResourceNotFoundException", "The specified subscription filter does not exist.")

        await self._account.change(call.region, delete)
        return {}

    async def _check_destination(self, call: Call) -> None:
        """Errors: AwsError for what AWS does not accept, and for Lambda functions, which do not run here."""
        arn, role = call.parameters["destinationArn"], call.parameters.get("roleArn")
        found = ARN.fullmatch(arn)
        if found is None:
            raise invalid(f"The destination {arn} is not an ARN.")
        service = found["service"]
        if service == "lambda":
            if found["account"] != self._account.host.account_id:
                raise AwsError("AccessDeniedException", CROSS_ACCOUNT)
            raise invalid(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function. (This local cloud runs none for subscriptions: use a Kinesis or Firehose stream.)"
            )
        if service in TEST_FAILED and not role:
            raise invalid(f"destinationArn for vendor {service} cannot be used without roleArn")
        if service == "logs" and found["resource"].startswith("destination:"):
            return
        if service not in TEST_FAILED:
            raise invalid(f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {service}")

    async def _test(self, target: Target) -> None:
        """Send AWS's test message. Errors: AwsError when the stream does not accept it."""
        text = f"CWL CONTROL MESSAGE: Checking health of destination {CHECKED[target.service]}."
        event = {"id": "", "timestamp": time.time_ns() // 1_000_000, "message": text}
        try:
            await self._send(target, _packed("CONTROL_MESSAGE", "CloudwatchLogs", "", "", [], [event]), "control")
        except AwsError as error:
            raise invalid(TEST_FAILED[target.service]) from error

    async def _send(self, target: Target, data: bytes, partition: str) -> None:
        """Errors: AwsError."""
        body = base64.b64encode(data).decode()
        if target.service == "kinesis":
            parameters = {"StreamName": target.name, "Data": body, "PartitionKey": partition[:256]}
            request = json_request("kinesis", target.region, "Kinesis_20131202.PutRecord", parameters, CALLER)
        else:
            record = {"DeliveryStreamName": target.name, "Record": {"Data": body}}
            request = json_request("firehose", target.region, "Firehose_20150804.PutRecord", record, CALLER)
        response = await self._account.host.moto.request(request)
        if response.status >= 300:
            raise AwsError("ServiceUnavailableException", response.body.decode(errors="replace")[:500])


def _named(subscription: Subscription) -> dict[str, str]:
    return {"action": "subscription_failed", "group": subscription.group, "filter": subscription.name}


def _target(backend: LogsBackend, arn: str) -> Target:
    """Return the stream that the ARN names, directly or through a destination. Errors: AwsError."""
    if ":destination:" in arn:
        destination = backend.destinations.get(arn)
        if destination is None:
            raise AwsError("ResourceNotFoundException", "The specified destination does not exist.")
        arn = destination.target_arn
    found = ARN.fullmatch(arn)
    if found is None or found["service"] not in TEST_FAILED or "/" not in found["resource"]:
        raise invalid(f"The target {arn} is not a Kinesis or Firehose stream.")
    return Target(found["service"], found["region"], found["resource"].partition("/")[2])


def _working(backend: LogsBackend, stored: Any, group: str) -> Subscription | None:
    """Return the active subscription; log and return None if an earlier version stored one that cannot work."""
    try:
        return Subscription(
            name=stored.name,
            group=group,
            pattern=compiled(stored.filter_pattern or ""),
            target=_target(backend, stored.destination_arn),
            is_random=getattr(stored, "distribution", "ByLogStream") == "Random",
        )
    except (InvalidPattern, AwsError) as error:
        context = {"action": "subscription_without_effect", "group": group, "filter": stored.name}
        log.warning("Subscription filter has no effect: %s", error, extra=context)
        return None


def _described(stored: SubscriptionFilter) -> Response:
    from moto.core.utils import unix_time_millis

    return without_none(
        {
            "filterName": stored.name,
            "logGroupName": stored.log_group_name,
            "filterPattern": stored.filter_pattern,
            "destinationArn": stored.destination_arn,
            "roleArn": stored.role_arn or None,
            "distribution": getattr(stored, "distribution", "ByLogStream"),
            "applyOnTransformedLogs": getattr(stored, "on_transformed", False),
            "creationTime": int(unix_time_millis(stored.creation_time)),
        }
    )


def _sent_event(subscription: Subscription, event: NewEvent, number: int) -> Response:
    sent: Response = {
        "id": event_id(event.timestamp_ms, number),
        "timestamp": event.timestamp_ms,
        "message": event.message,
    }
    if isinstance(subscription.pattern, SpacePattern):
        extracted = subscription.pattern.extracted(event.message)
        if extracted:
            sent["extractedFields"] = {name.removeprefix("$"): value for name, value in extracted.items()}
    return sent


def _message(owner: str, subscription: Subscription, stream: str, events: Sequence[Response]) -> bytes:
    return _packed("DATA_MESSAGE", owner, subscription.group, stream, [subscription.name], events)


def _packed(
    kind: str, owner: str, group: str, stream: str, filters: Sequence[str], events: Sequence[Response]
) -> bytes:
    """Build the compressed message that subscribers receive."""
    message = {
        "messageType": kind,
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": filters,
        "logEvents": events,
    }
    return gzip.compress(json.dumps(message, separators=(",", ":")).encode(), mtime=0)
