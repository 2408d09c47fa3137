"""SNS: attributes given at creation are shown, and a second creation must have the same ones."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import result, wrap
from localcloud.moto_only.checks.sns_attributes import FEEDBACK

DEFAULTS = {"TracingConfig": "PassThrough", "SignatureVersion": "1"}
MORE = (*DEFAULTS, "FifoThroughputScope", "ArchivePolicy", "MaximumMessageSize", *FEEDBACK)
"""Attributes that moto keeps and does not show."""


def patch() -> None:
    """Compare second creations with the first, and show every attribute that was set."""
    from moto.sns.models import SNSBackend
    from moto.sns.responses import SNSResponse

    wrap(SNSBackend, "create_topic", _like_the_first)
    wrap(SNSResponse, "get_topic_attributes", _complete)
    wrap(SNSResponse, "subscribe", _subscribed_alike)


def stored(topic: Any, name: str) -> Any:
    """Return a topic's attribute by AWS's name; None if it was never set."""
    from moto.core.utils import camelcase_to_underscores

    return getattr(topic, camelcase_to_underscores(name), None)


def _like_the_first(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_topic(self: Any, name: str, attributes: Any = None, tags: Any = None) -> Any:
        arn = f"arn:aws:sns:{self.region_name}:{self.account_id}:{name}"
        if (known := self.topics.get(arn)) is not None:
            for each, value in (attributes or {}).items():
                present = stored(known, each)
                if not _is_same(DEFAULTS.get(each, "") if present is None else present, value):
                    raise _different("Attributes", "Topic", "attributes")
            if tags and tags != known._tags:
                raise _different("Tags", "Topic", "tags")
        return create(self, name, attributes, tags)

    return create_topic


def _complete(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(get)
    def get_topic_attributes(self: Any) -> Any:
        shown = get(self).result["Attributes"]
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        more = {name: value for name in MORE if (value := stored(topic, name)) not in (None, "")}
        return result({"Attributes": shown | more})

    return get_topic_attributes


def _subscribed_alike(subscribe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Refuse a second subscription with other attributes; moto gives the existing one the new attributes."""

    @wraps(subscribe)
    def answer(self: Any) -> Any:
        named = (self._get_param(each) for each in ("TopicArn", "Endpoint", "Protocol"))
        known = self.backend._find_subscription(*named)
        given: Mapping[str, Any] = self._get_attributes() or {}
        if known is not None and any(not _is_same(known.attributes.get(name, ""), given[name]) for name in given):
            raise _different("Attributes", "Subscription", "attributes")
        return subscribe(self)

    return answer


def _is_same(present: object, wanted: object) -> bool:
    """Compare two values of an attribute: text, booleans or JSON."""
    return bool(_plain(present) == _plain(wanted))


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return json.loads(value) if str(value).startswith("{") else str(value)
    except ValueError:
        return str(value)


def _different(what: str, kind: str, of: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what} Reason: {kind} already exists with different {of}")
