"""SNS topics: what a subscription is before its confirmation, and how a wrong confirmation is refused."""

from typing import Any

import pytest

from tests.conformance.cloud import Cloud

fact = pytest.mark.fact


@pytest.fixture(scope="module")
def topic(cloud: Cloud) -> str:
    created = str(cloud.client("sns").create_topic(Name=cloud.new_name("topic"))["TopicArn"])
    cloud.at_the_end(cloud.client("sns").delete_topic, TopicArn=created)
    return created


def counts(sns: Any, topic: str) -> tuple[str, str]:
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    return found["SubscriptionsPending"], found["SubscriptionsConfirmed"]


@fact("6/pending")
def test_a_mail_subscription_is_pending_and_counted_as_such(cloud: Cloud, topic: str) -> None:
    sns = cloud.client("sns")
    wanted = {"TopicArn": topic, "Protocol": "email", "Endpoint": "nobody@example.com"}
    assert sns.subscribe(**wanted)["SubscriptionArn"] == "pending confirmation"
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    cloud.until(lambda: counts(sns, topic) == ("1", "0"), "the subscription to be counted")


@fact("6/token")
def test_a_wrong_token_is_refused_by_its_form_whatever_the_topic(cloud: Cloud, topic: str) -> None:
    sns = cloud.client("sns")
    for name, token, message in (
        (topic, "randomtoken", "Invalid token"),
        (topic, "0" * 288, "Invalid parameter: Token"),
        (f"{topic}-none", "0" * 288, "Invalid parameter: Token"),
        ("not-an-arn", "0" * 288, "Invalid parameter: Topic"),
    ):
        with cloud.refused("InvalidParameter", "InvalidParameterException") as error:
            sns.confirm_subscription(TopicArn=name, Token=token)
        assert error["message"] == message
