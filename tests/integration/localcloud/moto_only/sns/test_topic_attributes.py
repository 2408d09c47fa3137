"""SNS refuses attributes that it does not know or understand, and drops what nobody confirms in time."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

RETRIES = {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 3}
TOPIC_ATTRIBUTES = [
    ("Colour", "red", "AttributeName"),
    ("FifoTopic", "true", "AttributeName"),
    ("TracingConfig", "On", "TracingConfig: Invalid value .On."),
    ("SignatureVersion", "3", "SignatureVersion: Invalid value .3."),
    ("DisplayName", "n" * 101, "DisplayName"),
    ("Policy", "{", "Policy Error: null"),
    ("Policy", "[]", "Policy Error: null"),
    ("ContentBasedDeduplication", "maybe", "ContentBasedDeduplication: Invalid value .maybe.. Must be true or false"),
    ("HTTPSuccessFeedbackSampleRate", "101", "HTTPSuccessFeedbackSampleRate"),
    ("DeliveryPolicy", "{", "DeliveryPolicy: failed to parse JSON"),
    ("DeliveryPolicy", '{"https": {}}', "DeliveryPolicy: Unexpected JSON member: https"),
    (
        "DeliveryPolicy",
        json.dumps({"http": {"defaultHealthyRetryPolicy": RETRIES | {"numRetries": 101}}}),
        "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100",
    ),
    (
        "DeliveryPolicy",
        json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 3}}}),
        "DeliveryPolicy: http.defaultHealthyRetryPolicy.minDelayTarget must be specified",
    ),
]
SUBSCRIPTION_ATTRIBUTES = [
    ("Colour", "red", "AttributeName"),
    ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value .yes.. Must be true or false"),
    ("FilterPolicyScope", "Message", "FilterPolicyScope: Invalid value .Message."),
    ("FilterPolicy", "{invalid}", "FilterPolicy: failed to parse JSON"),
    ("FilterPolicy", "[]", "FilterPolicy: failed to parse JSON"),
    ("FilterPolicy", '{"a": []}', "FilterPolicy: Empty arrays are not allowed"),
    ("FilterPolicy", '{"a": "b"}', 'FilterPolicy: "a" must be an object or an array'),
    ("FilterPolicy", '{"a": [{"prefix": 1}]}', "FilterPolicy: prefix match pattern must be a string"),
    ("FilterPolicy", '{"a": [{"numeric": [">", 3, "<", 1]}]}', "FilterPolicy: Bottom must be less than top"),
    ("FilterPolicy", '{"a": [{"like": "x"}]}', "FilterPolicy: Unrecognized match type like"),
    ("FilterPolicy", json.dumps({str(each): ["x"] for each in range(6)}), "can not have more than 5 keys"),
    ("RedrivePolicy", "{", "RedrivePolicy: failed to parse JSON"),
    ("RedrivePolicy", '{"deadLetterTargetArn": "queue"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
    ("RedrivePolicy", '{"maxReceiveCount": 5}', "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown"),
    ("DeliveryPolicy", '{"http": {}}', "DeliveryPolicy: Unexpected JSON member: http"),
    ("DeliveryPolicy", '{"healthyRetryPolicy": {"numRetries": 1}}', "healthyRetryPolicy.minDelayTarget must be"),
]


async def test_topics_and_subscriptions_take_known_attributes_only(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        queue = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-west-1:123456789012:q"}
        other = queue | {"Endpoint": "arn:aws:sqs:us-west-1:123456789012:other"}
        arn = (await cloud.call("sns", "subscribe", **queue))["SubscriptionArn"]
        before = await read(cloud, topic, arn)
        for name, value, words in TOPIC_ATTRIBUTES:
            with pytest.raises(ClientError, match=rf"\(InvalidParameter\).*Invalid parameter: {words}"):
                await cloud.call(
                    "sns", "set_topic_attributes", TopicArn=topic, AttributeName=name, AttributeValue=value
                )
            if name != "FifoTopic":
                with pytest.raises(ClientError, match=r"\(InvalidParameter\).*Attributes Reason: "):
                    await cloud.call("sns", "create_topic", Name="new", Attributes={name: value})
        for name, value, words in SUBSCRIPTION_ATTRIBUTES:
            with pytest.raises(ClientError, match=rf"\(InvalidParameter\).*Invalid parameter: .*{words}"):
                await cloud.call(
                    "sns", "set_subscription_attributes", SubscriptionArn=arn, AttributeName=name, AttributeValue=value
                )
            with pytest.raises(ClientError, match=r"\(InvalidParameter\).*Attributes Reason: "):
                await cloud.call("sns", "subscribe", **other, Attributes={name: value})
        assert await read(cloud, topic, arn) == before
        assert len((await cloud.call("sns", "list_topics"))["Topics"]) == 1
        assert len((await cloud.call("sns", "list_subscriptions"))["Subscriptions"]) == 1


async def read(cloud: Any, topic: str, subscription: str) -> tuple[Any, Any]:
    return (
        (await cloud.call("sns", "get_topic_attributes", TopicArn=topic))["Attributes"],
        (await cloud.call("sns", "get_subscription_attributes", SubscriptionArn=subscription))["Attributes"],
    )


async def test_attributes_that_sns_knows_are_kept_and_shown(cloud_in: Any, tmp_path: Path) -> None:
    of_topic = {
        "SignatureVersion": "2",
        "TracingConfig": "Active",
        "HTTPSuccessFeedbackSampleRate": "50",
        "DeliveryPolicy": json.dumps({"http": {"defaultHealthyRetryPolicy": RETRIES}}),
    }
    of_subscription = {
        "FilterPolicy": '{"a": [{"anything-but": ["x"]}, {"numeric": [">=", 1, "<", 5]}, null]}',
        "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:us-west-1:123456789012:dead"}',
    }
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        queue = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-west-1:123456789012:q"}
        arn = (await cloud.call("sns", "subscribe", **queue, Attributes=of_subscription))["SubscriptionArn"]
        for name, value in of_topic.items():
            await cloud.call("sns", "set_topic_attributes", TopicArn=topic, AttributeName=name, AttributeValue=value)
        shown, subscribed = await read(cloud, topic, arn)
        assert {name: shown[name] for name in of_topic} == of_topic
        assert {name: subscribed[name] for name in of_subscription} == of_subscription
        await cloud.call("sns", "create_topic", Name="t", Attributes=of_topic)
        with pytest.raises(ClientError, match="Attributes Reason: Topic already exists with different attributes"):
            await cloud.call("sns", "create_topic", Name="t", Attributes={"SignatureVersion": "1"})
        with pytest.raises(ClientError, match="Tags Reason: Topic already exists with different tags"):
            await cloud.call("sns", "create_topic", Name="t", Tags=[{"Key": "k", "Value": "v"}])
        assert (await cloud.call("sns", "subscribe", **queue, Attributes=of_subscription))["SubscriptionArn"] == arn
        with pytest.raises(ClientError, match="Subscription already exists with different attributes"):
            await cloud.call("sns", "subscribe", **queue, Attributes={"RawMessageDelivery": "true"})


async def test_a_subscription_that_nobody_confirms_ends_after_two_days(cloud_in: Any, tmp_path: Path) -> None:
    wanted = {"Protocol": "email", "Endpoint": "a@example.com", "ReturnSubscriptionArn": True}
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        arn = (await cloud.call("sns", "subscribe", TopicArn=topic, **wanted))["SubscriptionArn"]

        def age(days: float) -> None:
            from moto.sns.models import sns_backends

            sns_backends["123456789012"]["us-west-1"].subscriptions[arn].asked_at -= days * 86400

        await cloud.host.moto.change(lambda: age(1.9))
        assert len((await cloud.call("sns", "list_subscriptions"))["Subscriptions"]) == 1
        await cloud.host.moto.change(lambda: age(0.2))
        assert (await cloud.call("sns", "list_subscriptions"))["Subscriptions"] == []
        with pytest.raises(ClientError, match="NotFound"):
            await cloud.call("sns", "get_subscription_attributes", SubscriptionArn=arn)
        assert (await cloud.call("sns", "subscribe", TopicArn=topic, **wanted))["SubscriptionArn"] != arn


async def test_mail_has_no_raw_message_delivery(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        mail = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com", "ReturnSubscriptionArn": True}
        raw = {"RawMessageDelivery": "true"}
        with pytest.raises(ClientError, match=r"protocol \[email\] does not support raw message delivery"):
            await cloud.call("sns", "subscribe", **mail, Attributes=raw)
        arn = (await cloud.call("sns", "subscribe", **mail, Attributes={"RawMessageDelivery": "false"}))[
            "SubscriptionArn"
        ]
        with pytest.raises(ClientError, match=r"protocol \[email\] does not support raw message delivery"):
            await cloud.call(
                *("sns", "set_subscription_attributes"),
                SubscriptionArn=arn,
                AttributeName="RawMessageDelivery",
                AttributeValue="true",
            )


async def test_a_batch_with_one_wrong_message_is_refused(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        entries = [{"Id": "a", "Message": "x"}, {"Id": "b", "Message": "x", "MessageStructure": "json"}]
        with pytest.raises(ClientError, match=r"\(InvalidParameter\).*JSON message body failed to parse"):
            await cloud.call("sns", "publish_batch", TopicArn=topic, PublishBatchRequestEntries=entries)
        with pytest.raises(ClientError, match=r"\(EmptyBatchRequest\)"):
            await cloud.call("sns", "publish_batch", TopicArn=topic, PublishBatchRequestEntries=[])
        sent = await cloud.call("sns", "publish_batch", TopicArn=topic, PublishBatchRequestEntries=entries[:1])
        assert [each["Id"] for each in sent["Successful"]] == ["a"]
