"""Requests to services that are moto's: what is wrong by the model is refused before moto sees it."""

import json
from urllib.parse import urlencode

import pytest

from localcloud.endpoint.model_check import checks
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest, parse_request

TOPIC = "arn:aws:sns:us-west-1:123456789012:t"
SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def form(service: str, **fields: str) -> AwsRequest:
    headers = {
        "authorization": SCOPE.format(service),
        "content-type": "application/x-www-form-urlencoded",
    }
    return parse_request("POST", "/", "", headers, urlencode(fields).encode())


def in_json(service: str, operation: str, body: object) -> AwsRequest:
    headers = {
        "authorization": SCOPE.format(service),
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": f"Prefix.{operation}",
    }
    return parse_request("POST", "/", "", headers, json.dumps(body).encode())


WRONG = [
    (form("sns", Action="GetTopicAttributes"), "ValidationError", "Value null at 'topicArn' failed"),
    (
        form("sns", Action="GetTopicAttributes", TopicArn="no"),
        "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    ),
    (
        form("sns", Action="Unsubscribe", SubscriptionArn=""),
        "InvalidParameter",
        "Invalid parameter: SubscriptionArn Reason: no value for required parameter",
    ),
    (
        form("sns", Action="Publish", Message="m", TopicArn=TOPIC.replace("west-1", "east-1")),
        "InvalidParameter",
        "Invalid parameter: TopicArn",
    ),
    (form("sns", Action="Publish", Message="m"), "InvalidParameter", "TopicArn or TargetArn Reason: no value"),
    (
        form("sns", Action="Subscribe", TopicArn=TOPIC, Protocol="pigeon"),
        "InvalidParameter",
        "Amazon SNS does not support this protocol string: pigeon",
    ),
    (form("sns", Action="ListTopics", NextToken="x"), "InvalidParameter", "Invalid parameter: NextToken"),
    (form("sns", Action="Sing"), "InvalidAction", "Could not find operation Sing"),
    (in_json("kms", "RetireGrant", {}), "ValidationException", "Give either a GrantToken"),
    (in_json("kms", "ListGrants", {"KeyId": "alias/a"}), "NotFoundException", "grants take no alias"),
    (in_json("kms", "GenerateRandom", {}), "ValidationException", "NumberOfBytes is required"),
    (in_json("kms", "Decrypt", {"DryRun": False}), "ValidationException", "CiphertextBlob is required"),
    (in_json("ssm", "GetParameter", {}), "ValidationException", "Value null at 'name' failed"),
    (form("iam", Action="GetRole"), "ValidationError", "Value null at 'roleName' failed"),
    (in_json("events", "PutRule", {}), "ValidationException", "Value null at 'name' failed"),
    (in_json("events", "PutRule", {"Name": 5}), "SerializationException", "can not be converted to an String"),
    (in_json("events", "PutRule", {"Name": "a b"}), "ValidationException", "regular expression pattern"),
    (in_json("events", "Dance", {}), "UnknownOperationException", "events has no operation Dance"),
    (in_json("events", "PutPartnerEvents", {}), "InvalidAction", "does not offer"),
    (
        in_json("monitoring", "DescribeAlarms", {"MaxRecords": "x"}),
        "SerializationException",
        "java.lang.String can not be converted to an Integer",
    ),
    (form("monitoring", Action="DescribeAlarms", MaxRecords="x"), "MalformedInput", "Unexpected whole number: x"),
    (
        form("monitoring", Action="DescribeAlarmHistory", StartDate="yesterday"),
        "MalformedInput",
        "timestamp must follow ISO8601",
    ),
    (form("monitoring", Action="PutMetricAlarm", ActionsEnabled="maybe"), "MalformedInput", "Unexpected boolean"),
    (form("monitoring", Action="PutMetricAlarm", Threshold="high"), "MalformedInput", "Unexpected number: high"),
    (
        form("monitoring", **{"Action": "DeleteAlarms", "AlarmNames.member.1.member.1": "a"}),
        "MalformedInput",
        "Start of structure or map found",
    ),
]


@pytest.mark.parametrize(("request_", "code", "message"), WRONG)
async def test_a_wrong_request_is_refused(request_: AwsRequest, code: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        await checks()[request_.service].handle(request_)
    assert refused.value.code == code
    assert message in refused.value.message
    assert refused.value.status == (501 if message == "does not offer" else 400)


RIGHT = [
    form("sns", Action="GetTopicAttributes", TopicArn=TOPIC),
    form("sns", Action="Unsubscribe", SubscriptionArn=f"{TOPIC}:5f0e"),
    form("sns", Action="Unsubscribe", SubscriptionArn="PendingConfirmation"),
    in_json("events", "PutRule", {"Name": "r", "EventPattern": "{}"}),
    form("monitoring", Action="PutMetricAlarm", Threshold="NaN", ActionsEnabled="True"),
    form("monitoring", Action="DescribeAlarmHistory", StartDate="2026-11-27T22:00:00Z"),
    in_json("monitoring", "PutMetricAlarm", {"Threshold": "-Infinity"}),
    in_json("monitoring", "PutMetricAlarm", {"Threshold": float("inf")}),
    parse_request("GET", "/", "Action=ListTopics", {"authorization": SCOPE.format("sns")}, b""),
]


@pytest.mark.parametrize("request_", RIGHT)
async def test_a_right_request_is_passed_to_moto(request_: AwsRequest) -> None:
    assert await checks()[request_.service].handle(request_) is None


async def test_a_request_by_path_without_a_member_that_it_needs_is_refused() -> None:
    headers = {"authorization": SCOPE.format("backup"), "content-type": "application/json"}
    without = parse_request("PUT", "/backup/plans/", "", headers, b'{"CreatorRequestId": "r"}')
    with pytest.raises(AwsError, match="must contain the parameter BackupPlan") as refused:
        await checks()["backup"].handle(without)
    assert refused.value.code == "MissingParameterValueException"
    whole = parse_request("DELETE", "/backup/plans/p", "", headers, b"")
    assert await checks()["backup"].handle(whole) is None
