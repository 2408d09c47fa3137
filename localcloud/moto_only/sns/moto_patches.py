"""SNS: subscriptions of mail and HTTP addresses need confirmation; HTTP deliveries have retries and a timeout.

No mail is sent here, so a mail subscription stays pending. An HTTP endpoint gets the request, with the token, and may
confirm.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import why_not
from localcloud.moto.patching import checking, result, wrap
from localcloud.moto_only.checks.sns import PENDING
from localcloud.moto_only.checks.sns_attributes import check_raw
from localcloud.moto_only.principals import identities, invalid_principal
from localcloud.moto_only.sns import attributes, filtering
from localcloud.moto_only.sns.delivery import Deliveries
from localcloud.moto_only.sns.messages import confirmation, new_token, notification
from localcloud.protocol.wire import ANONYMOUS

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.sns.models import SNSBackend, Subscription, Topic
    from moto.sns.responses import SNSResponse


HTTP = ("http", "https")
TO_CONFIRM = ("email", "email-json", *HTTP)
NOT_RETURNED = "pending confirmation"
"""Subscribe returns this instead of the ARN of a pending subscription, unless ReturnSubscriptionArn is set."""
CONFIRMED_WITHIN_S = 2 * 24 * 3600
"""Tokens are valid for two days."""
READING = (
    *("list_subscriptions", "list_subscriptions_by_topic", "get_subscription_attributes"),
    *("set_subscription_attributes", "get_topic_attributes"),
)
KMS_ERRORS = {"NotFoundException": "KMSNotFound", "DisabledException": "KMSDisabled"}
TOKEN = re.compile(r"[0-9a-f]{200,}")
deliveries = Deliveries()
"""The deliveries of this process, which moto's state belongs to as well."""


def patch() -> None:
    """moto confirms subscriptions immediately, accepts any token, and waits for an endpoint without a time limit."""
    from moto.sns.models import SNSBackend, Subscription, Topic
    from moto.sns.responses import SNSResponse

    wrap(SNSBackend, "create_topic", checking(_check_new_policy))
    wrap(SNSBackend, "set_topic_attribute", checking(_check_changed_policy))
    wrap(SNSBackend, "subscribe", _pending_until_confirmed)
    wrap(SNSBackend, "set_subscription_attributes", _with_attributes)
    wrap(Subscription, "publish", _to_confirmed)
    for name in ("publish", "publish_batch"):
        wrap(SNSBackend, name, checking(_check_key))
    wrap(Topic, "publish", _forgotten_once_sent)
    counted: Any = Topic
    counted.subscriptions_pending = _count(pending=True)
    counted.subscriptions_confimed = _count(pending=False)  # as moto spells it
    for name, around in (
        ("subscribe", _without_pending_arn),
        ("unsubscribe", _of_confirmed),
        ("list_subscriptions", _with_pending),
        ("list_subscriptions_by_topic", _with_pending),
    ):
        wrap(SNSResponse, name, around)
    answering: Any = SNSResponse
    answering.confirm_subscription = _confirm_subscription
    attributes.patch()
    filtering.patch()
    for name in ("subscribe", "confirm_subscription", "unsubscribe", *READING):
        wrap(SNSResponse, name, _without_expired)


def _without_expired(answer: Callable[[SNSResponse], ActionResult]) -> Callable[[SNSResponse], ActionResult]:
    """Drop expired unconfirmed subscriptions before a request could see them."""

    @wraps(answer)
    def answered(self: SNSResponse) -> ActionResult:
        known = self.backend.subscriptions
        for arn, each in list(known.items()):
            if is_pending(each) and time.time() - getattr(each, "asked_at", time.time()) > CONFIRMED_WITHIN_S:
                del known[arn]
        return answer(self)

    return answered


def _check_new_policy(backend: SNSBackend, given: Mapping[str, Any]) -> None:
    _check_principals((given.get("attributes") or {}).get("Policy"), backend.account_id, "Attributes Reason: ")


def _check_changed_policy(backend: SNSBackend, given: Mapping[str, Any]) -> None:
    if given["attribute_name"].lower() == "policy":
        _check_principals(given["attribute_value"], backend.account_id)


def _check_principals(policy: str | None, account_id: str, where: str = "") -> None:
    """Errors: AwsError InvalidParameter."""
    if policy and invalid_principal(policy, identities(account_id)):
        raise AwsError("InvalidParameter", f"Invalid parameter: {where}Policy Error: PrincipalNotFound")


def is_pending(subscription: Subscription) -> bool:
    """Return whether a subscription waits for its confirmation."""
    return bool(subscription.attributes.get(PENDING))


def _check_key(backend: SNSBackend, given: Mapping[str, object]) -> None:
    """Check the topic's key when a message is published: until then SNS does not look at it."""
    topic = backend.topics.get(str(given.get("arn") or given.get("topic_arn")))
    key = topic.kms_master_key_id if topic is not None else None
    if why := why_not(backend.account_id, backend.region_name, key):
        raise AwsError(KMS_ERRORS.get(why[0], "KMSInvalidState"), why[1])


def _count(*, pending: bool) -> property:
    """Count a topic's subscriptions; moto sets the counts to 0 and never changes them."""

    def counted(topic: Topic) -> int:
        return sum(is_pending(each) == pending for each in topic.sns_backend._get_topic_subscriptions(topic))

    return property(counted, lambda topic, value: None)


def _pending_until_confirmed(subscribe: Callable[..., Subscription]) -> Callable[..., Subscription]:
    def subscribe_pending(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        known = set(self.subscriptions)
        subscription = subscribe(self, topic_arn, endpoint, protocol)
        if protocol in TO_CONFIRM and subscription.arn not in known:
            subscription.attributes.update({PENDING: True, "ConfirmationWasAuthenticated": False})
            vars(subscription)["asked_at"] = time.time()
        return subscription

    return subscribe_pending


def _with_attributes(set_attributes: Callable[..., None]) -> Callable[..., None]:
    """Store RawMessageDelivery as a boolean: moto takes the text `false` for true."""

    def set_known(self: SNSBackend, arn: str, name: str, value: object) -> None:
        if arn not in self.subscriptions:
            raise AwsError("NotFound", "Subscription does not exist", 404)
        if name == "RawMessageDelivery":
            check_raw(self.subscriptions[arn].protocol, str(value))
            value = str(value).lower() == "true"
        set_attributes(self, arn, name, value)

    return set_known


def _without_pending_arn(subscribe: Callable[[SNSResponse], ActionResult]) -> Callable[[SNSResponse], ActionResult]:
    def answer(self: SNSResponse) -> ActionResult:
        answered = subscribe(self)
        subscription = self.backend.subscriptions.get(_members(answered)["SubscriptionArn"])
        if subscription is None or not is_pending(subscription):
            return answered
        if subscription.protocol in HTTP:
            _ask(subscription, self.headers["Host"])
        return answered if self._get_bool_param("ReturnSubscriptionArn") else result({"SubscriptionArn": NOT_RETURNED})

    return answer


def _ask(subscription: Subscription, host: str) -> None:
    """Send the endpoint its token. host: the address by which this client reaches the local cloud; the link uses it."""
    base_url = f"http://{host}"
    token = getattr(subscription, "token", None) or new_token()
    vars(subscription).update(base_url=base_url, token=token)
    deliveries.put(confirmation(subscription, token, base_url))
    _forget_certificates(subscription.account_id)


def _confirm_subscription(self: SNSResponse) -> ActionResult:
    """Confirm the subscription whose token it is; AWS does not compare the topic, and accepts a token again."""
    token = self._get_param("Token") or ""
    if not TOKEN.fullmatch(token):
        raise AwsError("InvalidParameter", "Invalid token")
    found = [each for each in self.backend.subscriptions.values() if getattr(each, "token", None) == token]
    if not found:
        raise AwsError("InvalidParameter", "Invalid parameter: Token")
    [subscription] = found
    if is_pending(subscription):
        is_signed = ANONYMOUS not in self.headers.get("Authorization", ANONYMOUS)
        subscription.attributes.update({PENDING: False, "ConfirmationWasAuthenticated": is_signed})
    return result({"SubscriptionArn": subscription.arn})


def _of_confirmed(unsubscribe: Callable[[SNSResponse], ActionResult]) -> Callable[[SNSResponse], ActionResult]:
    def answer(self: SNSResponse) -> ActionResult:
        subscription = self.backend.subscriptions.get(self._get_param("SubscriptionArn"))
        if subscription is not None and is_pending(subscription):
            why = "Cannot unsubscribe a subscription that is pending confirmation"
            raise AwsError("InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {why}")
        answered = unsubscribe(self)
        if subscription is not None:
            subscription.topic.subscriptions_deleted += 1
        return answered

    return answer


def _to_confirmed(publish: Callable[..., None]) -> Callable[..., None]:
    """Skip pending subscriptions, and deliver to HTTP endpoints in the background: a publisher does not wait."""

    def publish_confirmed(self: Subscription, message: str, message_id: str, **more: Any) -> None:
        if is_pending(self):
            return
        if self.protocol not in HTTP:
            publish(self, message, message_id, **more)
            return
        matcher, attributes = self._filter_policy_matcher, more.get("message_attributes")
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if more.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        made = self.get_post_data(message, message_id, more.get("subject"), message_attributes=attributes)
        deliveries.put(notification(self, made, getattr(self, "base_url", "")))

    return publish_confirmed


def _forgotten_once_sent(publish: Callable[..., str]) -> Callable[..., str]:
    """Drop sent messages: moto keeps each with a certificate, so the state on disk would grow with every alarm."""

    def publish_and_forget(self: Topic, *args: object, **more: object) -> str:
        message_id = publish(self, *args, **more)
        self.sent_notifications.clear()
        _forget_certificates(self.account_id)
        return message_id

    return publish_and_forget


def _forget_certificates(account_id: str) -> None:
    """Drop the certificates: nobody can fetch them, as their URLs lead to AWS."""
    from moto.sns.models import sns_backends

    for backend in sns_backends[account_id].values():
        backend._message_public_keys.clear()


def _with_pending(listed: Callable[[SNSResponse], ActionResult]) -> Callable[[SNSResponse], ActionResult]:
    """Show a pending subscription without its ARN."""

    def answer(self: SNSResponse) -> ActionResult:
        answered = listed(self)
        found = _members(answered)
        shown = [_shown(each) if is_pending(each) else each for each in found["Subscriptions"]]
        return result({**found, "Subscriptions": shown})

    return answer


def _members(answered: ActionResult) -> dict[str, Any]:
    """Return a response's members, which moto declares as any object."""
    return cast("dict[str, Any]", answered.result)


def _shown(subscription: Subscription) -> SimpleNamespace:
    named = ("owner", "protocol", "endpoint", "topic_arn")
    return SimpleNamespace(arn=PENDING, **{name: getattr(subscription, name) for name in named})
