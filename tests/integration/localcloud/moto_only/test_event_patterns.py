"""Rules and subscriptions: what they let through, and patterns that are refused because they could never match."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
EVENT = {
    "id": "1",
    "account": "123456789012",
    "source": "app",
    "time": "2026-11-29T22:00:00Z",
    "region": "us-west-1",
    "resources": [],
    "detail-type": "d",
    "detail": {"parts": [{"name": "a", "state": "ON"}]},
}


async def received(cloud: Any, url: str) -> list[str]:
    found = []
    while messages := (await cloud.call("sqs", "receive_message", QueueUrl=url)).get("Messages"):
        for each in messages:
            found.append(each["Body"])
            await cloud.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


async def test_a_pattern_is_tested_and_one_that_never_matches_is_refused(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:

        async def tested(pattern: Any, event: Any = EVENT) -> Any:
            asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
            return (await cloud.call("events", "test_event_pattern", **asked))["Result"]

        assert await tested({"detail": {"parts": {"state": ["ON"]}}}) is True
        assert await tested({"detail": {"parts": {"state": ["OFF"]}}}) is False
        with pytest.raises(ClientError, match="Parameter Event is not valid"):
            await tested({"source": ["app"]}, {"source": "app"})
        bad = '{"source": [{"begins": "a"}]}'
        of_it = {"EventSourceArn": ARN.format("events", "event-bus/default")}
        for operation, parameters in (
            ("test_event_pattern", {"Event": json.dumps(EVENT)}),
            ("put_rule", {"Name": "r"}),
            ("create_archive", {"ArchiveName": "a", **of_it}),
        ):
            with pytest.raises(ClientError) as caught:
                await cloud.call("events", operation, EventPattern=bad, **parameters)
            error = caught.value.response["Error"]
            assert error["Code"] == "InvalidEventPatternException"
            assert error["Message"] == "Event pattern is not valid. Reason: Unrecognized match type begins"
        assert (await cloud.call("events", "list_rules"))["Rules"] == []


async def test_a_rule_finds_what_is_in_a_list_of_objects(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        pattern = json.dumps({"detail": {"parts": {"name": ["a"], "state": ["ON"]}}})
        await cloud.call("events", "put_rule", Name="r", EventPattern=pattern)
        targets = [{"Id": "1", "Arn": ARN.format("sqs", "q"), "InputPath": "$.detail-type"}]
        await cloud.call("events", "put_targets", Rule="r", Targets=targets)
        for name, parts in (
            ("apart", [{"name": "a", "state": "OFF"}, {"name": "b", "state": "ON"}]),
            ("together", [{"name": "b", "state": "ON"}, {"name": "a", "state": "ON"}]),
        ):
            entry = {"Source": "app", "DetailType": name, "Detail": json.dumps({"parts": parts})}
            await cloud.call("events", "put_events", Entries=[entry])
        assert await received(cloud, url) == ['"together"']


async def test_an_entry_s_detail_is_an_object(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        entries = [{"Source": "a", "DetailType": "d", "Detail": detail} for detail in ("[1]", "x", "{}")]
        sent = await cloud.call("events", "put_events", Entries=entries)
        assert [each.get("ErrorCode") for each in sent["Entries"]] == ["MalformedDetail", "MalformedDetail", None]
        with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
            large = {"Source": "a", "DetailType": "d", "Detail": json.dumps({"a": "x" * 262_144})}
            await cloud.call("events", "put_events", Entries=[large])


async def test_a_rule_refuses_inputs_and_targets_beyond_its_limits(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("events", "put_rule", Name="r", EventPattern='{"source": ["app"]}')

        async def put(*ids: str, **target: Any) -> None:
            targets = [{"Id": each, "Arn": ARN.format("sqs", "q"), **target} for each in ids]
            await cloud.call("events", "put_targets", Rule="r", Targets=targets)

        with pytest.raises(ClientError, match="Only one of Input, InputPath, or InputTransformer"):
            await put("1", Input="1", InputPath="$")
        await put(*"1234")
        with pytest.raises(ClientError, match="LimitExceededException"):
            await put(*"56")
        found = (await cloud.call("events", "list_targets_by_rule", Rule="r"))["Targets"]
        assert [each["Id"] for each in found] == [*"1234"]


async def test_a_subscription_filters_by_every_kind_of_match(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        raw = {"RawMessageDelivery": "true"}
        by_attributes = {
            "address": [{"cidr": "10.0.0.0/24"}],
            "name": [{"equals-ignore-case": "Ada"}],
            "count": [{"numeric": ["<", 5]}],
            "tags": [{"anything-but": ["old"]}],
        }
        subscription = await cloud.call(
            *("sns", "subscribe"),
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=ARN.format("sqs", "q"),
            Attributes={**raw, "FilterPolicy": json.dumps(by_attributes)},
        )
        for message, address, tags in (
            ("in", "10.0.0.9", ["old", "new"]),
            ("out", "10.0.1.9", ["new"]),
            ("old", "10.0.0.9", ["old"]),
        ):
            attributes = {
                "address": {"DataType": "String", "StringValue": address},
                "name": {"DataType": "String", "StringValue": "aDA"},
                "count": {"DataType": "Number", "StringValue": "4"},
                "tags": {"DataType": "String.Array", "StringValue": json.dumps(tags)},
            }
            await cloud.call("sns", "publish", TopicArn=topic, Message=message, MessageAttributes=attributes)
        assert await received(cloud, url) == ["in"]
        arn = subscription["SubscriptionArn"]
        for name, value in (
            ("FilterPolicyScope", "MessageBody"),
            ("FilterPolicy", json.dumps({"parts": {"address": [{"cidr": "10.0.0.0/24"}]}})),
        ):
            await cloud.call(
                *("sns", "set_subscription_attributes"), SubscriptionArn=arn, AttributeName=name, AttributeValue=value
            )
        for address in ("10.0.0.9", "10.0.1.9"):
            await cloud.call("sns", "publish", TopicArn=topic, Message=json.dumps({"parts": [{"address": address}]}))
        assert await received(cloud, url) == [json.dumps({"parts": [{"address": "10.0.0.9"}]})]
