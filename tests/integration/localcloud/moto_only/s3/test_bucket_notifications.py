"""Notifications of buckets: one for each change by a client, none for other changes, refused without a receiver."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

QUEUE = "arn:aws:sqs:us-west-1:123456789012:q"
BUCKET = {"Bucket": "watched"}
KINDS = ("ObjectCreated:*", "ObjectRemoved:*", "ObjectTagging:*", "ObjectAcl:Put")
EVERY = [f"s3:{kind}" for kind in KINDS]


@pytest.fixture
async def watched(cloud_in: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """A bucket with versions, and a queue."""
    async with cloud_in(tmp_path, {}) as cloud:
        place = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
        await cloud.call("s3", "create_bucket", **BUCKET, **place)
        await cloud.call("s3", "put_bucket_versioning", **BUCKET, VersioningConfiguration={"Status": "Enabled"})
        await cloud.call("sqs", "create_queue", QueueName="q")
        yield cloud


async def notify(cloud: Any, configuration: dict[str, Any]) -> None:
    await cloud.call("s3", "put_bucket_notification_configuration", **BUCKET, NotificationConfiguration=configuration)


async def received(cloud: Any) -> list[Any]:
    url = (await cloud.call("sqs", "get_queue_url", QueueName="q"))["QueueUrl"]
    found = []
    while messages := (await cloud.call("sqs", "receive_message", QueueUrl=url)).get("Messages"):
        for each in messages:
            found.append(json.loads(each["Body"]))
            await cloud.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


async def uploaded_in_parts(cloud: Any, key: str) -> None:
    upload = {**BUCKET, "Key": key}
    upload["UploadId"] = (await cloud.call("s3", "create_multipart_upload", **upload))["UploadId"]
    part = await cloud.call("s3", "upload_part", **upload, PartNumber=1, Body=b"a")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    await cloud.call("s3", "complete_multipart_upload", **upload, MultipartUpload=parts)


async def change_everything(cloud: Any) -> None:
    """Put, copy, tag, untag, upload in parts, hide and delete objects."""
    a, b = {**BUCKET, "Key": "a"}, {**BUCKET, "Key": "b"}
    version = (await cloud.call("s3", "put_object", **a, Body=b"x", Tagging="k=v"))["VersionId"]
    await cloud.call("s3", "copy_object", **b, CopySource="watched/a")
    await cloud.call("s3", "put_object_tagging", **a, Tagging={"TagSet": [{"Key": "k", "Value": "w"}]})
    await cloud.call("s3", "delete_object_tagging", **a)
    await uploaded_in_parts(cloud, "c")
    await cloud.call("s3", "delete_object", **a)
    await cloud.call("s3", "delete_objects", **BUCKET, Delete={"Objects": [{"Key": "b"}]})
    await cloud.call("s3", "delete_object", **a, VersionId=version)


async def test_each_change_is_notified_once(watched: Any) -> None:
    await notify(watched, {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": EVERY}]})
    assert [each["Event"] for each in await received(watched)] == ["s3:TestEvent"]
    await change_everything(watched)
    records = [each["Records"][0] for each in await received(watched)]
    assert [(each["eventName"], each["s3"]["object"]["key"]) for each in records] == [
        ("ObjectCreated:Put", "a"),
        ("ObjectCreated:Copy", "b"),
        ("ObjectTagging:Put", "a"),
        ("ObjectTagging:Delete", "a"),
        ("ObjectCreated:CompleteMultipartUpload", "c"),
        ("ObjectRemoved:DeleteMarkerCreated", "a"),
        ("ObjectRemoved:DeleteMarkerCreated", "b"),
        ("ObjectRemoved:Delete", "a"),
    ]
    assert records[-1]["s3"]["object"]["versionId"] == records[0]["s3"]["object"]["versionId"]
    order = [each["s3"]["object"]["sequencer"] for each in records if "Tagging" not in each["eventName"]]
    assert order == sorted(set(order))


async def test_rules_on_events_get_each_change_once(watched: Any) -> None:
    await watched.call("events", "put_rule", Name="r", EventPattern='{"source": ["aws.s3"]}')
    await watched.call("events", "put_targets", Rule="r", Targets=[{"Id": "1", "Arn": QUEUE}])
    await notify(watched, {"EventBridgeConfiguration": {}})
    await change_everything(watched)
    events = await received(watched)
    assert [(each["detail-type"], each["detail"].get("reason")) for each in events] == [
        ("Object Created", "PutObject"),
        ("Object Created", "CopyObject"),
        ("Object Tags Added", None),
        ("Object Tags Deleted", None),
        ("Object Created", "CompleteMultipartUpload"),
        ("Object Deleted", "DeleteObject"),
        ("Object Deleted", "DeleteObject"),
        ("Object Deleted", "DeleteObject"),
    ]
    assert [each["detail"]["deletion-type"] for each in events[-2:]] == ["Delete Marker Created", "Permanently Deleted"]
    assert len({each["id"] for each in events}) == len(events)


async def test_a_deletion_without_versions_is_notified(watched: Any) -> None:
    await watched.call("s3", "put_bucket_versioning", **BUCKET, VersioningConfiguration={"Status": "Suspended"})
    await notify(watched, {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": EVERY}]})
    await watched.call("s3", "put_object", **BUCKET, Key="a", Body=b"x")
    for _ in range(2):
        await watched.call("s3", "delete_object", **BUCKET, Key="a")
    _, *records = await received(watched)
    assert [each["Records"][0]["eventName"] for each in records] == ["ObjectCreated:Put", "ObjectRemoved:Delete"]


async def test_only_keys_that_the_filter_names_are_notified(watched: Any) -> None:
    rules = [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".csv"}]
    only = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    await notify(watched, {"QueueConfigurations": [only]})
    for key in ("in/a.csv", "in/a.txt", "out/a.csv"):
        await watched.call("s3", "put_object", **BUCKET, Key=key, Body=b"x")
    _, *records = await received(watched)
    assert [each["Records"][0]["s3"]["object"]["key"] for each in records] == ["in%2Fa.csv"]


@pytest.mark.parametrize(
    ("configuration", "code", "message"),
    [
        (
            {"QueueConfigurations": [{"QueueArn": f"{QUEUE}x", "Events": EVERY}]},
            "InvalidArgument",
            "The destination queue does not exist",
        ),
        (
            {"TopicConfigurations": [{"TopicArn": QUEUE.replace("sqs", "sns"), "Events": EVERY}]},
            "InvalidArgument",
            "The destination topic does not exist",
        ),
        (
            {
                "LambdaFunctionConfigurations": [
                    {"LambdaFunctionArn": "arn:aws:lambda:us-west-1:123456789012:function:f", "Events": EVERY}
                ]
            },
            "NotImplemented",
            "functions do not run in the local cloud",
        ),
    ],
)
async def test_a_notification_that_reaches_nobody_is_refused(
    watched: Any, configuration: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        await notify(watched, configuration)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert message in error["Message"]
    found = await watched.call("s3", "get_bucket_notification_configuration", **BUCKET)
    assert not found.keys() & configuration.keys()
