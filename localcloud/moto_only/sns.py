"""SNS: an e-mail subscription stays pending, as nobody here gets the mail in which AWS asks for its confirmation."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import result
from localcloud.moto_only.checks.sns import PENDING

MAIL = ("email", "email-json")
NOT_RETURNED = "pending confirmation"
"""Subscribe returns this instead of the ARN of a pending subscription, unless ReturnSubscriptionArn is set."""


def patch() -> None:
    """moto confirms every subscription at once, and accepts any token for a confirmation."""
    from moto.sns.models import SNSBackend
    from moto.sns.responses import SNSResponse

    backend: Any = SNSBackend
    backend.subscribe = _pending_until_confirmed(backend.subscribe)
    answering: Any = SNSResponse
    answering.subscribe = _without_pending_arn(answering.subscribe)
    answering.unsubscribe = _of_confirmed(answering.unsubscribe)
    answering.confirm_subscription = _confirm_subscription
    for name in ("list_subscriptions", "list_subscriptions_by_topic"):
        setattr(answering, name, _with_pending(getattr(answering, name)))


def is_pending(subscription: Any) -> bool:
    """Say whether a subscription waits for its confirmation."""
    return bool(subscription.attributes.get(PENDING))


def _pending_until_confirmed(subscribe: Callable[..., Any]) -> Callable[..., Any]:
    def subscribe_pending(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        known = set(self.subscriptions)
        subscription = subscribe(self, topic_arn, endpoint, protocol)
        if protocol in MAIL and subscription.arn not in known:
            subscription.attributes.update({PENDING: True, "ConfirmationWasAuthenticated": False})
        return subscription

    return subscribe_pending


def _without_pending_arn(subscribe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def answer(self: Any) -> Any:
        answered = subscribe(self)
        subscription = self.backend.subscriptions.get(answered.result["SubscriptionArn"])
        if subscription is None or not is_pending(subscription) or self._get_bool_param("ReturnSubscriptionArn"):
            return answered
        return result({"SubscriptionArn": NOT_RETURNED})

    return answer


def _of_confirmed(unsubscribe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def answer(self: Any) -> Any:
        subscription = self.backend.subscriptions.get(self._get_param("SubscriptionArn"))
        if subscription is not None and is_pending(subscription):
            why = "Cannot unsubscribe a subscription that is pending confirmation"
            raise AwsError("InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {why}")
        return unsubscribe(self)

    return answer


def _confirm_subscription(self: Any) -> Any:
    """Refuse every token: none is ever sent."""
    if self._get_param("TopicArn") not in self.backend.topics:
        raise AwsError("NotFound", "Topic does not exist", 404)
    raise AwsError("InvalidParameter", "Invalid parameter: Token")


def _with_pending(listed: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Show a pending subscription without its ARN."""

    def answer(self: Any) -> Any:
        answered = listed(self)
        subscriptions = answered.result["Subscriptions"]
        shown = [_shown(each) if is_pending(each) else each for each in subscriptions]
        return result({**answered.result, "Subscriptions": shown})

    return answer


def _shown(subscription: Any) -> Any:
    named = ("owner", "protocol", "endpoint", "topic_arn")
    return SimpleNamespace(arn=PENDING, **{name: getattr(subscription, name) for name in named})
