"""SNS's rules of the attributes of topics and subscriptions; moto stores whatever it gets. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sns_filters import check_filter

FEEDBACK = tuple(
    f"{protocol}{what}"
    for protocol in ("HTTP", "SQS", "Lambda", "Firehose", "Application")
    for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
)
OF_TOPICS = (
    *("DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "TracingConfig", "SignatureVersion"),
    *("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy", "MaximumMessageSize", *FEEDBACK),
)
ONLY_CREATED = ("FifoTopic", "DataProtectionPolicy")
OF_SUBSCRIPTIONS = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
    *("SubscriptionRoleArn", "ReplayPolicy"),
)
CHOICES = {
    "TracingConfig": ("PassThrough", "Active"),
    "SignatureVersion": ("1", "2"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "FilterPolicyScope": ("MessageAttributes", "MessageBody"),
}
BOOLEANS = ("FifoTopic", "ContentBasedDeduplication", "RawMessageDelivery")
RAW = ("sqs", "http", "https", "firehose")
"""Protocols with raw message delivery."""
LONGEST_NAME = 100
SIZES = range(1024, 1_048_577)
"""Bytes of MaximumMessageSize."""
RETRY = {
    "minDelayTarget": (1, 3600),
    "maxDelayTarget": (1, 3600),
    "numRetries": (0, 100),
    "numNoDelayRetries": (0, 100),
    "numMinDelayRetries": (0, 100),
    "numMaxDelayRetries": (0, 100),
}
REQUIRED = ("minDelayTarget", "maxDelayTarget", "numRetries")
BACKOFFS = ("arithmetic", "exponential", "geometric", "linear")
OTHERS = {"ThrottlePolicy": "maxReceivesPerSecond", "RequestPolicy": "headerContentType"}
QUEUE = re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+")


def check_attributes(operation: str, parameters: Mapping[str, Any]) -> None:
    """Check the attributes that a request sets. Errors: AwsError InvalidParameter."""
    if operation in ("SetTopicAttributes", "SetSubscriptionAttributes"):
        of_topic = operation == "SetTopicAttributes"
        name, value = str(parameters.get("AttributeName")), parameters.get("AttributeValue")
        if name not in (OF_TOPICS if of_topic else OF_SUBSCRIPTIONS):
            raise _invalid("AttributeName")
        _check("", name, value or "", of_topic=of_topic, scope="")
    elif operation in ("CreateTopic", "Subscribe"):
        of_topic = operation == "CreateTopic"
        given = parameters.get("Attributes") or {}
        for name, value in given.items():
            if name not in ((*OF_TOPICS, *ONLY_CREATED) if of_topic else OF_SUBSCRIPTIONS):
                raise _invalid(f"Attributes Reason: Invalid attribute name: {name}")
            scope = given.get("FilterPolicyScope", "MessageAttributes")
            _check("Attributes Reason: ", name, str(value), of_topic=of_topic, scope=scope)
        if not of_topic:
            check_raw(str(parameters.get("Protocol")), given.get("RawMessageDelivery", "false"))


def check_raw(protocol: str, is_raw: str) -> None:
    """Check that a subscription's protocol has messages without SNS's envelope. Errors: AwsError InvalidParameter."""
    if is_raw.lower() == "true" and protocol not in RAW:
        raise _invalid(f"Attributes Reason: Delivery protocol [{protocol}] does not support raw message delivery.")


def _check(where: str, name: str, value: str, *, of_topic: bool, scope: str) -> None:
    """Check one value. `where`: begins the message; `scope`: of a filter policy, empty if unknown."""
    if name in BOOLEANS and value.lower() not in ("true", "false"):
        raise _invalid(f"{where}{name}: Invalid value [{value}]. Must be true or false.")
    if name in CHOICES and value not in CHOICES[name]:
        raise _invalid(f"{where}{name}: Invalid value [{value}]. Please use either {' or '.join(CHOICES[name])}")
    if name.endswith("SampleRate") and not (value.isdecimal() and int(value) <= 100):
        raise _invalid(f"{where}{name}: Invalid value [{value}]. Must be a number from 0 to 100.")
    if name == "MaximumMessageSize" and not (value.isdecimal() and int(value) in SIZES):
        raise _invalid(f"{where}{name}: Invalid value [{value}]. Must be a number from {SIZES[0]} to {SIZES[-1]}.")
    if name.endswith("RoleArn") and value and not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/.+", value):
        raise _invalid(f"{where}{name}")
    if name == "DisplayName" and len(value) > LONGEST_NAME:
        raise _invalid(f"{where}DisplayName: must be at most {LONGEST_NAME} characters long")
    if name == "Policy":
        _check_policy(where, value)
    documents: dict[str, Callable[[Any], None]] = {
        "DeliveryPolicy": check_topic_delivery if of_topic else check_delivery,
        "RedrivePolicy": _check_redrive,
        "FilterPolicy": lambda found: check_filter(found, scope),
    }
    if name in documents and value:
        found = _parsed(f"{where}{name}", value)
        try:
            documents[name](found)
        except ValueError as error:
            raise _invalid(f"{where}{name}: {error}") from error


def _check_policy(where: str, value: str) -> None:
    try:
        policy = json.loads(value)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise _invalid(f"{where}Policy Error: null")


def _parsed(what: str, value: str) -> dict[str, object]:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise _invalid(f"{what}: failed to parse JSON. {error}") from error
    if not isinstance(found, dict):
        raise _invalid(f"{what}: failed to parse JSON. An object is expected, not {value[:50]}")
    return found


def check_topic_delivery(policy: Mapping[str, Any]) -> None:
    """Errors: ValueError, in SNS's words."""
    _check_members(policy, ("http",))
    http = policy.get("http") or {}
    _check_members(
        http,
        ("defaultHealthyRetryPolicy", "disableSubscriptionOverrides", "defaultThrottlePolicy", "defaultRequestPolicy"),
    )
    if not isinstance(http.get("disableSubscriptionOverrides", False), bool):
        raise ValueError("http.disableSubscriptionOverrides must be a boolean")
    _check_retries("http.defaultHealthyRetryPolicy", http.get("defaultHealthyRetryPolicy"))
    for kind, member in OTHERS.items():
        _check_members(http.get(f"default{kind}") or {}, (member,))


def check_delivery(policy: Mapping[str, object]) -> None:
    """Check a subscription's policy. Errors: ValueError, in SNS's words."""
    _check_members(policy, ("healthyRetryPolicy", "throttlePolicy", "requestPolicy", "sicklyRetryPolicy", "guaranteed"))
    _check_retries("healthyRetryPolicy", policy.get("healthyRetryPolicy"))
    for kind, member in OTHERS.items():
        _check_members(policy.get(kind[0].lower() + kind[1:]) or {}, (member,))


def _check_members(found: object, known: tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        raise ValueError("failed to parse JSON. An object is expected")
    if unknown := sorted(found.keys() - set(known)):
        raise ValueError(f"Unexpected JSON member: {unknown[0]}")


def _check_retries(where: str, found: Any) -> None:
    if found is None:
        return
    _check_members(found, (*RETRY, "backoffFunction"))
    for name in REQUIRED:
        if found.get(name) is None:
            raise ValueError(f"{where}.{name} must be specified")
    for name, (least, most) in RETRY.items():
        value = found.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{where}.{name} must be greater than or equal to {least}")
        if value > most:
            raise ValueError(f"{where}.{name} must be less than or equal to {most}")
    if found["minDelayTarget"] > found["maxDelayTarget"]:
        raise ValueError(f"{where}.minDelayTarget must be less than or equal to maxDelayTarget")
    phases = sum(found.get(f"num{kind}DelayRetries") or 0 for kind in ("No", "Min", "Max"))
    if phases > found["numRetries"]:
        raise ValueError(f"{where}.numRetries must be greater than or equal to the sum of the other retries")
    if found.get("backoffFunction", BACKOFFS[0]) not in BACKOFFS:
        raise ValueError(f"{where}.backoffFunction must be one of: {', '.join(BACKOFFS)}")


def _check_redrive(policy: Mapping[str, object]) -> None:
    for name in policy:
        if name != "deadLetterTargetArn":
            raise ValueError(f"invalid JSON. Attribute {name} is unknown.")
    if not QUEUE.fullmatch(str(policy.get("deadLetterTargetArn"))):
        raise ValueError("deadLetterTargetArn is an invalid arn")


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")
