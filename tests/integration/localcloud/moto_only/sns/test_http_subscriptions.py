"""An HTTP subscription of a topic is pending until its endpoint sends the token back, and only then gets messages."""

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.in_thread import in_thread

PATIENCE_S = 20


@dataclass
class Subscriber:
    """An HTTP endpoint; it answers only while `answers` is set."""

    received: "queue.SimpleQueue[tuple[dict[str, str], str]]" = field(default_factory=queue.SimpleQueue)
    answers: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    async def message(self) -> tuple[dict[str, str], str]:
        return await asyncio.to_thread(self.received.get, timeout=PATIENCE_S)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    created = Subscriber()
    created.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            created.received.put(({name.lower(): value for name, value in self.headers.items()}, body))
            created.answers.wait(PATIENCE_S)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        created.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield created
        created.answers.set()


async def counts(cloud: Any, topic: str) -> tuple[str, str, str]:
    found = (await cloud.call("sns", "get_topic_attributes", TopicArn=topic))["Attributes"]
    return found["SubscriptionsPending"], found["SubscriptionsConfirmed"], found["SubscriptionsDeleted"]


async def subscribed(cloud: Any, subscriber: Subscriber, **more: Any) -> tuple[str, dict[str, Any]]:
    """Subscribe; return the topic, and the message that asks for the confirmation."""
    topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
    wanted = {"TopicArn": topic, "Protocol": "http", "Endpoint": subscriber.url}
    answer = await cloud.call("sns", "subscribe", **wanted, **more)
    assert answer["SubscriptionArn"] == "pending confirmation"
    headers, body = await subscriber.message()
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == topic
    return topic, json.loads(body)


async def test_it_is_pending_until_its_token_comes_back(cloud_in: Any, tmp_path: Path, subscriber: Subscriber) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic, confirmation = await subscribed(cloud, subscriber)
        assert (confirmation["Type"], confirmation["TopicArn"]) == ("SubscriptionConfirmation", topic)
        assert await counts(cloud, topic) == ("1", "0", "0")
        [listed] = (await cloud.call("sns", "list_subscriptions_by_topic", TopicArn=topic))["Subscriptions"]
        assert listed["SubscriptionArn"] == "PendingConfirmation"
        await cloud.call("sns", "publish", TopicArn=topic, Message="too early")
        for token, why in (("randomtoken", "Invalid token"), ("0" * 288, "Invalid parameter: Token")):
            with pytest.raises(ClientError, match=why):
                await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token=token)
    async with cloud_in(tmp_path, {}) as cloud:  # the token outlives a restart
        for _ in range(2):  # AWS accepts it again
            arn = (await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token=confirmation["Token"]))[
                "SubscriptionArn"
            ]
        assert await counts(cloud, topic) == ("0", "1", "0")
        attributes = (await cloud.call("sns", "get_subscription_attributes", SubscriptionArn=arn))["Attributes"]
        assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("false", "true")
        await cloud.call("sns", "publish", TopicArn=topic, Message="m", Subject="s")
        headers, body = await subscriber.message()
        assert headers["x-amz-sns-subscription-arn"] == arn
        assert {"Type": "Notification", "Message": "m", "Subject": "s"}.items() <= json.loads(body).items()
        await cloud.call("sns", "unsubscribe", SubscriptionArn=arn)
        assert await counts(cloud, topic) == ("0", "0", "1")


async def test_its_links_need_no_credentials(cloud_in: Any, tmp_path: Path, subscriber: Subscriber) -> None:
    async with cloud_in(tmp_path, {}) as cloud, httpx.AsyncClient(trust_env=False) as browser:
        topic, confirmation = await subscribed(cloud, subscriber)
        broken = confirmation["SubscribeURL"].replace(topic, "not-an-arn")
        for url, why in (
            (broken, "Invalid parameter: Topic<"),
            (confirmation["SubscribeURL"][:-4], "Invalid parameter: Tok"),
        ):
            refused = await browser.get(url)
            assert (refused.status_code, why in refused.text) == (400, True), refused.text
        confirmed = await browser.get(confirmation["SubscribeURL"])
        assert (confirmed.status_code, f"<SubscriptionArn>{topic}:" in confirmed.text) == (200, True)
        [listed] = (await cloud.call("sns", "list_subscriptions"))["Subscriptions"]
        attributes = (
            await cloud.call("sns", "get_subscription_attributes", SubscriptionArn=listed["SubscriptionArn"])
        )["Attributes"]
        assert attributes["ConfirmationWasAuthenticated"] == "false"
        await cloud.call("sns", "publish", TopicArn=topic, Message="m")
        _, body = await subscriber.message()
        assert (await browser.get(json.loads(body)["UnsubscribeURL"])).status_code == 200
        assert (await cloud.call("sns", "list_subscriptions"))["Subscriptions"] == []
        others = await browser.get(confirmation["SubscribeURL"].replace("ConfirmSubscription", "DeleteTopic"))
        assert (others.status_code, "MissingAuthenticationToken" in others.text) == (403, True)


async def test_a_subscriber_that_hangs_or_is_gone_holds_up_nobody(
    cloud_in: Any, tmp_path: Path, subscriber: Subscriber
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic, confirmation = await subscribed(cloud, subscriber)
        await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token=confirmation["Token"])
        gone = "http://127.0.0.1:1/"
        await cloud.call("sns", "subscribe", TopicArn=topic, Protocol="http", Endpoint=gone)
        subscriber.answers.clear()
        for number in range(3):
            await cloud.call("sns", "publish", TopicArn=topic, Message=str(number))
        assert len((await cloud.call("sns", "list_topics"))["Topics"]) == 1
        subscriber.answers.set()
        messages = [json.loads((await subscriber.message())[1])["Message"] for _ in range(3)]
        assert messages == ["0", "1", "2"]


async def test_raw_messages_are_delivered_only_where_they_are_wanted(
    cloud_in: Any, tmp_path: Path, subscriber: Subscriber
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic, confirmation = await subscribed(cloud, subscriber, Attributes={"RawMessageDelivery": "true"})
        arn = (await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token=confirmation["Token"]))[
            "SubscriptionArn"
        ]
        queue_url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        queue_arn = topic.rsplit(":", 1)[0].replace(":sns:", ":sqs:") + ":q"
        wanted = {"Protocol": "sqs", "Endpoint": queue_arn, "Attributes": {"RawMessageDelivery": "false"}}
        await cloud.call("sns", "subscribe", TopicArn=topic, **wanted)
        await cloud.call("sns", "publish", TopicArn=topic, Message="m")
        headers, body = await subscriber.message()
        assert (headers["x-amz-sns-rawdelivery"], body) == ("true", "m")
        [message] = (await cloud.call("sqs", "receive_message", QueueUrl=queue_url))["Messages"]
        assert json.loads(message["Body"])["Message"] == "m"
        why = r"RawMessageDelivery: Invalid value \[wrongvalue\]\. Must be true or false\."
        with pytest.raises(ClientError, match=why):
            await cloud.call("sns", "set_subscription_attributes", SubscriptionArn=arn, **raw("wrongvalue"))
        with pytest.raises(ClientError, match="Subscription does not exist"):
            await cloud.call("sns", "set_subscription_attributes", SubscriptionArn=f"{arn[:-1]}x", **raw("true"))
        await cloud.call("sns", "set_subscription_attributes", SubscriptionArn=arn, **raw("false"))
        await cloud.call("sns", "publish", TopicArn=topic, Message="m")
        assert json.loads((await subscriber.message())[1])["Message"] == "m"


def raw(value: str) -> dict[str, str]:
    return {"AttributeName": "RawMessageDelivery", "AttributeValue": value}


@pytest.mark.parametrize(
    ("operation", "parameters", "why"),
    [
        ("publish", {"Message": ""}, "Empty message"),
        ("publish", {"Message": "m", "Subject": ""}, "Subject"),
        ("publish", {"Message": "m", "Subject": "two\nlines"}, "Subject"),
        ("subscribe", {"Protocol": "email", "Endpoint": "nobody"}, "Email address"),
        ("subscribe", {"Protocol": "https", "Endpoint": "http://a/"}, "Endpoint must match the specified protocol"),
        (
            "subscribe",
            {"Protocol": "http", "Endpoint": "http://a/", "Attributes": {"RawMessageDelivery": "x"}},
            r"Attributes Reason: RawMessageDelivery: Invalid value \[x\]",
        ),
    ],
)
async def test_what_sns_refuses(
    cloud_in: Any, tmp_path: Path, operation: str, parameters: dict[str, Any], why: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        with pytest.raises(ClientError, match=f"Invalid parameter: {why}"):
            await cloud.call("sns", operation, TopicArn=topic, **parameters)


async def test_the_state_does_not_grow_with_each_message(cloud_in: Any, tmp_path: Path, subscriber: Subscriber) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic, confirmation = await subscribed(cloud, subscriber)
        await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token=confirmation["Token"])

        async def size() -> int:
            await cloud.call("sns", "publish", TopicArn=topic, Message="m")
            return sum(path.stat().st_size for path in (tmp_path / "moto").rglob("*sns*") if path.is_file())

        before = await size()
        assert before > 0
        for _ in range(10):
            after = await size()
        assert after < before + 500
