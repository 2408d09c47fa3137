"""Rules of SQS and S3 are checked at the endpoint; each rule has a unit test (moto_only/checks)."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}


async def test_a_queue_has_attributes_that_sqs_has(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match=r"\(InvalidAttributeValue\).*parameter VisibilityTimeout"):
            await cloud.call("sqs", "create_queue", QueueName="q", Attributes={"VisibilityTimeout": "43201"})
        assert "QueueUrls" not in await cloud.call("sqs", "list_queues")
        url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        with pytest.raises(ClientError, match=r"\(MissingParameter\)"):
            await cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="")
        await cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="a")
        received = await cloud.call("sqs", "receive_message", QueueUrl=url)
        assert [each["Body"] for each in received["Messages"]] == ["a"]


async def test_messages_of_a_batch_fail_alone(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        of_size = {"MaximumMessageSize": "1024"}
        url = (await cloud.call("sqs", "create_queue", QueueName="q", Attributes=of_size))["QueueUrl"]
        bodies = {"fine": "a", "empty": "", "binary": "\x01", "long": "a" * 1025}
        entries = [{"Id": each, "MessageBody": body} for each, body in bodies.items()]
        sent = await cloud.call("sqs", "send_message_batch", QueueUrl=url, Entries=entries)
        assert [each["Id"] for each in sent["Successful"]] == ["fine"]
        assert {each["Id"]: each["Code"] for each in sent["Failed"]} == {
            "empty": "MissingParameter",
            "binary": "InvalidMessageContents",
            "long": "InvalidParameterValue",
        }
        with pytest.raises(ClientError) as refused:
            await cloud.call("sqs", "delete_message_batch", QueueUrl=url, Entries=[])
        error = refused.value.response["Error"]
        assert error["Code"] == "AWS.SimpleQueueService.EmptyBatchRequest"
        assert error["QueryErrorCode"] == "EmptyBatchRequest"


async def test_a_dead_letter_queue_exists_and_is_of_the_same_kind(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("sqs", "create_queue", QueueName="dead.fifo", Attributes={"FifoQueue": "true"})
        for name, words in (("none", "target does not exist"), ("dead.fifo", "same type of queue as the source")):
            policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-west-1:123456789012:{name}", "maxReceiveCount": 3}
            with pytest.raises(ClientError, match=rf"\(InvalidParameterValue\).*{words}"):
                redrive = {"RedrivePolicy": json.dumps(policy)}
                await cloud.call("sqs", "create_queue", QueueName="q", Attributes=redrive)
        assert len((await cloud.call("sqs", "list_queues"))["QueueUrls"]) == 1


async def test_a_queue_s_name_is_free_a_minute_after_its_deletion(
    cloud_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        await cloud.call("sqs", "delete_queue", QueueUrl=url)
        with pytest.raises(ClientError, match="You must wait 60 seconds") as refused:
            await cloud.call("sqs", "create_queue", QueueName="q")
        assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently"
        await cloud.call("sqs", "create_queue", QueueName="other")
        deleted = time.time()
        monkeypatch.setattr(time, "time", lambda: deleted + 61)
        await cloud.call("sqs", "create_queue", QueueName="q")


async def test_a_bucket_has_a_name_and_settings_that_s3_accepts(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for refused, more in (("Upper-Case", {}), ("192.168.1.1", {}), ("fine", {"ObjectOwnership": "Nobody"})):
            with pytest.raises(ClientError, match=r"\(InvalidBucketName\)|Invalid x-amz-object-ownership header"):
                await cloud.call("s3", "create_bucket", Bucket=refused, **PLACE, **more)
        assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []
        await cloud.call("s3", "create_bucket", Bucket="fine", **PLACE)
        settings: dict[str, tuple[dict[str, Any], str]] = {
            "put_bucket_cors": (
                {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*.a.*"]}]}},
                "more than one wildcard",
            ),
            "put_bucket_encryption": (
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "none"}}]
                    }
                },
                "MalformedXML",
            ),
            "put_bucket_ownership_controls": (
                {"OwnershipControls": {"Rules": [{"ObjectOwnership": "Nobody"}]}},
                "MalformedXML",
            ),
            "put_bucket_versioning": (
                {"VersioningConfiguration": {"Status": "On"}},
                "IllegalVersioningConfigurationException",
            ),
            "put_bucket_website": (
                {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "a/b"}}},
                "Suffix is not well formed",
            ),
            "put_bucket_tagging": (
                {"Tagging": {"TagSet": [{"Key": str(number), "Value": ""} for number in range(51)]}},
                "cannot be greater than 50",
            ),
        }
        for operation, (parameters, expected) in settings.items():
            with pytest.raises(ClientError, match=expected):
                await cloud.call("s3", operation, Bucket="fine", **parameters)


async def test_batches_of_objects_items_and_tags_have_limits(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="fine", **PLACE)
        await cloud.call("s3", "put_object", Bucket="fine", Key="a", Body=b"x")
        many = {"Objects": [{"Key": "a"} for _ in range(1001)]}
        twice = {"TagSet": [{"Key": "a", "Value": "x"}] * 2}
        table = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "id", "AttributeType": "S"}
        await cloud.call(
            *("dynamodb", "create_table"),
            TableName="t",
            KeySchema=[table[0]],
            AttributeDefinitions=[table[1]],
            BillingMode="PAY_PER_REQUEST",
        )
        puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]
        zone = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference="a")
        of_zone = {"ResourceType": "hostedzone", "ResourceId": zone["HostedZone"]["Id"].rpartition("/")[2]}
        refused: list[tuple[str, str, dict[str, Any], str]] = [
            ("s3", "delete_objects", {"Bucket": "fine", "Delete": many}, "MalformedXML"),
            ("s3", "put_object_tagging", {"Bucket": "fine", "Key": "a", "Tagging": twice}, "InvalidTag"),
            ("dynamodb", "batch_write_item", {"RequestItems": {"t": puts}}, "Too many items requested"),
            *(
                ("route53", "change_tags_for_resource", of_zone | {"AddTags": tags}, "InvalidInput")
                for tags in (
                    [{"Key": "aws:x", "Value": "a"}],
                    [{"Key": "a", "Value": "x"}] * 2,
                    [{"Key": str(number), "Value": ""} for number in range(11)],
                    [{"Key": "k" * 129, "Value": ""}],
                )
            ),
        ]
        for service, operation, parameters, expected in refused:
            with pytest.raises(ClientError, match=expected):
                await cloud.call(service, operation, **parameters)
        assert (await cloud.call("s3", "get_object", Bucket="fine", Key="a"))["ContentLength"] == 1
        await cloud.call("dynamodb", "batch_write_item", RequestItems={"t": puts[:25]})
        assert (await cloud.call("dynamodb", "scan", TableName="t"))["Count"] == 25
        await cloud.call("route53", "change_tags_for_resource", **of_zone, AddTags=[{"Key": "a", "Value": "x"}])
