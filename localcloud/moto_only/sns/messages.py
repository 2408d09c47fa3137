"""SNS's requests to an HTTP endpoint, body and headers, as recorded (LocalStack's recordings, 2023-10-12).

The links lead to this local cloud. Signatures have AWS's form, but no certificate is published to verify them.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from localcloud.moto_only.sns.delivery import Delivery

AGENT = "Amazon Simple Notification Service Agent"
CONTENT_TYPE = "text/plain; charset=UTF-8"
TOKEN_BYTES = 144
CONFIRMATION, NOTIFICATION = "SubscriptionConfirmation", "Notification"
CHOICE = (
    "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL included "
    "in this message."
)


def new_token() -> str:
    """Return a token for one confirmation."""
    return secrets.token_hex(TOKEN_BYTES)


def confirmation(subscription: Any, token: str, base: str) -> Delivery:
    """Ask the endpoint to confirm. base: URL of the local cloud."""
    message_id = str(uuid.uuid4())
    message = subscription.get_post_data(CHOICE.format(topic=subscription.topic_arn), message_id, None)
    del message["UnsubscribeURL"]
    link = {"Action": "ConfirmSubscription", "TopicArn": subscription.topic_arn, "Token": token}
    more = {"Type": CONFIRMATION, "Token": token, "SubscribeURL": f"{base}/?{urlencode(link, safe=':')}"}
    return _delivery(subscription, CONFIRMATION, message_id, json.dumps(message | more))


def notification(subscription: Any, message: Mapping[str, Any], base: str) -> Delivery:
    """Deliver a published message. message: as moto makes it."""
    if subscription.attributes.get("RawMessageDelivery"):
        raw = {"x-amz-sns-rawdelivery": "true"}
        return _delivery(subscription, NOTIFICATION, message["MessageId"], message["Message"], raw)
    link = {"Action": "Unsubscribe", "SubscriptionArn": subscription.arn}
    body = json.dumps({**message, "UnsubscribeURL": f"{base}/?{urlencode(link, safe=':')}"})
    return _delivery(subscription, NOTIFICATION, message["MessageId"], body)


def _delivery(
    subscription: Any, kind: str, message_id: str, body: str, more: Mapping[str, str] | None = None
) -> Delivery:
    headers = {
        "content-type": CONTENT_TYPE,
        "user-agent": AGENT,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-message-type": kind,
        "x-amz-sns-topic-arn": subscription.topic_arn,
        **(more or {}),
    }
    if kind != CONFIRMATION:
        headers["x-amz-sns-subscription-arn"] = subscription.arn
    return Delivery(subscription.endpoint, headers, body.encode())
