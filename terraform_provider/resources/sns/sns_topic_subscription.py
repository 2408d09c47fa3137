"""aws_sns_topic_subscription."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, message_of
from terraform_provider.framework.json_text import normal_json, same_json
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import wait_until
from terraform_provider.values.unknown import State

TEXTS = {
    "delivery_policy": "DeliveryPolicy",
    "filter_policy": "FilterPolicy",
    "filter_policy_scope": "FilterPolicyScope",
    "redrive_policy": "RedrivePolicy",
    "replay_policy": "ReplayPolicy",
    "subscription_role_arn": "SubscriptionRoleArn",
}
JSON_TEXTS = ("delivery_policy", "filter_policy", "redrive_policy", "replay_policy")
FLAGS = {
    "confirmation_was_authenticated": "ConfirmationWasAuthenticated",
    "pending_confirmation": "PendingConfirmation",
    "raw_message_delivery": "RawMessageDelivery",
}
PENDING = "subscription that is pending confirmation"
HTTP = ("http", "https")


@resource("aws_sns_topic_subscription")
class TopicSubscription(Resource):
    noun = "SNS Topic Subscription"
    title = "id"
    gone = ("NotFound", "NotFoundException")
    equivalent: ClassVar = dict.fromkeys(JSON_TEXTS, same_json)
    normal: ClassVar = dict.fromkeys(JSON_TEXTS, normal_json)

    def create(self, aws: Aws, planned: State) -> str:
        attributes = {theirs: str(planned[ours]) for ours, theirs in TEXTS.items() if planned[ours]}
        if planned["raw_message_delivery"]:
            attributes["RawMessageDelivery"] = "true"
        made = aws.client("sns").subscribe(
            TopicArn=planned["topic_arn"],
            Protocol=planned["protocol"],
            Endpoint=planned["endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def complete(self, aws: Aws, state: State) -> None:
        """Wait for an endpoint that confirms by itself."""
        if not (state["endpoint_auto_confirms"] and state["protocol"] in HTTP):
            return
        wait_until(
            aws,
            f"subscription {state['id']}",
            lambda: _attributes(aws, state["id"]).get("PendingConfirmation", "false"),
            ("false",),
            timeout_s=60.0 * float(state["confirmation_timeout_in_minutes"]),
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = _attributes(aws, state["id"])
        return {
            "arn": found["SubscriptionArn"],
            "endpoint": found["Endpoint"],
            "owner_id": found["Owner"],
            "protocol": found["Protocol"],
            "topic_arn": found["TopicArn"],
            **{ours: found.get(theirs) for ours, theirs in TEXTS.items()},
            **{ours: found.get(theirs) == "true" for ours, theirs in FLAGS.items()},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "filter_policy_scope" in changed and planned["filter_policy"]:
            # A policy written for the old scope may be wrong in the new one, so SNS requires a step without a filter.
            _set(aws, prior["id"], "FilterPolicy", "{}")
            _set(aws, prior["id"], "FilterPolicyScope", planned["filter_policy_scope"] or "MessageAttributes")
            _set(aws, prior["id"], "FilterPolicy", planned["filter_policy"])
            changed -= {"filter_policy", "filter_policy_scope"}
        for ours, theirs in TEXTS.items():
            if ours in changed and (planned[ours] or ours != "filter_policy_scope"):
                empty = "{}" if ours in ("filter_policy",) else ""
                _set(aws, prior["id"], theirs, planned[ours] or empty)
        if "raw_message_delivery" in changed:
            _set(aws, prior["id"], "RawMessageDelivery", "true" if planned["raw_message_delivery"] else "false")

    def delete(self, aws: Aws, state: State) -> None:
        try:
            aws.client("sns").unsubscribe(SubscriptionArn=state["id"])
        except ClientError as exc:
            if PENDING not in message_of(exc):
                raise
            # It cannot be deleted: SNS drops it if it is not confirmed.

    def validate(self, config: State) -> None:
        if config.get("protocol") == "firehose" and config.get("subscription_role_arn") is None:
            raise ProviderError("protocol firehose must contain subscription_role_arn", "", ("subscription_role_arn",))


def _attributes(aws: Aws, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return found


def _set(aws: Aws, arn: str, name: str, value: str) -> None:
    aws.client("sns").set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
