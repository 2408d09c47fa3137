"""Documents and expressions that nest deeper than Python can follow are the client's mistake, not an outage."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

DEEP = '{"a":' * 3000 + "1" + "}" * 3000
SHORT = '{"a":' * 600 + "1" + "}" * 600
BRACKETS = "(" * 900 + "1" + ")" * 900
NOW = datetime.now(UTC)
ALARM = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
SPAN = {"StartTime": NOW - timedelta(hours=1), "EndTime": NOW}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": SHORT}, "MalformedPolicyDocument"),
        ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": DEEP}, "MalformedPolicyDocument"),
        ("s3", "put_bucket_policy", {"Bucket": "bucket", "Policy": DEEP}, "MalformedPolicy"),
        ("kms", "create_key", {"Policy": DEEP}, "MalformedPolicyDocumentException"),
        ("events", "put_rule", {"Name": "r", "EventPattern": SHORT}, "InvalidEventPatternException"),
        ("events", "test_event_pattern", {"EventPattern": '{"a":["x"]}', "Event": DEEP}, "ValidationException"),
        (
            "cloudwatch",
            "put_composite_alarm",
            {"AlarmName": "c", "AlarmRule": "NOT " * 2000 + "TRUE"},
            "ValidationError",
        ),
        (
            "cloudwatch",
            "put_metric_alarm",
            {"AlarmName": "m", "Metrics": [{"Id": "a", "Expression": BRACKETS}], **ALARM},
            "ValidationError",
        ),
        (
            "cloudwatch",
            "get_metric_data",
            {"MetricDataQueries": [{"Id": "a", "Expression": "-" * 1000 + "1"}], **SPAN},
            "ValidationError",
        ),
    ],
)
async def test_a_nested_value_is_refused(
    cloud_in: Any, tmp_path: Path, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        if service == "s3":
            where = {"LocationConstraint": "us-west-1"}
            await cloud.call("s3", "create_bucket", Bucket="bucket", CreateBucketConfiguration=where)
        with pytest.raises(ClientError) as refused:
            await cloud.call(service, operation, **parameters)
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_a_message_is_a_text_however_it_nests(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        queue = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        arn = "arn:aws:sqs:us-west-1:123456789012:q"
        by_body = {"FilterPolicy": '{"a": ["x"]}', "FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"}
        await cloud.call("sns", "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=by_body)
        await cloud.call("sns", "publish", TopicArn=topic, Message=DEEP)
        await cloud.call("sns", "publish", TopicArn=topic, Message='{"a": "x"}')
        found = await cloud.call("sqs", "receive_message", QueueUrl=queue, MaxNumberOfMessages=10)
        assert [each["Body"] for each in found["Messages"]] == ['{"a": "x"}']
