"""S3: which changes of objects are notified, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap
from localcloud.moto_only.s3 import event_messages
from localcloud.moto_only.s3.event_messages import DELETED, MARKED, PUT, TAGGED

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket, S3Backend
    from moto.s3.notifications import S3NotificationEvent
    from moto.s3.responses import S3Response

FUNCTIONS = "PutBucketNotificationConfiguration: functions do not run in the local cloud"
UNCHECKED = "Unable to validate the following destination configurations"
FILTER_NAMES = re.compile(rb"<Name>\s*(prefix|suffix)\s*</Name>", re.IGNORECASE)
UNSAID: ContextVar[frozenset[str]] = ContextVar("unsaid", default=frozenset({TAGGED}))
"""moto's events that are not sent: it tags each object that is put, and puts each that was uploaded in parts."""


def patch() -> None:
    """moto also reports what no client did, and not every deletion."""
    from moto.s3 import notifications
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    send: Callable[..., None] = notifications.send_event

    def send_event(account_id: str, event_name: S3NotificationEvent, bucket: FakeBucket, key: object) -> None:
        if event_name.value not in UNSAID.get():
            send(account_id, event_name, bucket, key)

    notifications.send_event = send_event
    event_messages.patch()
    wrap(S3Response, "put_object_tagging", _without())
    wrap(S3Backend, "complete_multipart_upload", _without(TAGGED, PUT))
    wrap(S3Backend, "delete_object", _reported)
    wrap(S3Response, "_notification_config_from_body", _in_any_case)


def check_notifications(backend: S3Backend, given: Mapping[str, Any]) -> None:
    """Check that a bucket's notifications have existing destinations. Errors: AwsError."""
    wanted = given["notification_config"] or {}
    if wanted.get("CloudFunctionConfiguration"):
        raise AwsError("NotImplemented", FUNCTIONS, 501)
    for kind, name, exists in (("Queue", "queue", _is_queue), ("Topic", "topic", _is_topic)):
        for each in wanted.get(f"{kind}Configuration") or []:
            if not exists(backend.account_id, each[kind]):
                raise AwsError("InvalidArgument", f"{UNCHECKED}: {each[kind]}: The destination {name} does not exist")


def _is_queue(account_id: str, arn: str) -> bool:
    from moto.sqs.models import sqs_backends

    *_, region, owner, name = arn.split(":")
    return owner == account_id and name in sqs_backends[account_id][region].queues


def _is_topic(account_id: str, arn: str) -> bool:
    from moto.sns.models import sns_backends

    return arn in sns_backends[account_id][arn.split(":")[3]].topics


def _without(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def quiet(*given: Any, **named: Any) -> Any:
            with _leaving_out(*names):
                return method(*given, **named)

        return quiet

    return around


@contextmanager
def _leaving_out(*names: str) -> Iterator[None]:
    token = UNSAID.set(frozenset(names))
    try:
        yield
    finally:
        UNSAID.reset(token)


def _reported(delete: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(delete)
    def delete_object(
        self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        from moto.s3 import notifications

        bucket = self.get_bucket(bucket_name)
        versions = [each for each in bucket.keys.getlist(key_name, []) if version_id in (None, str(each.version_id))]
        with _leaving_out(DELETED):
            is_done, response = delete(self, bucket_name, key_name, version_id, bypass)
        if is_done and versions:
            makes_marker = bucket.is_versioned and version_id is None
            event = notifications.S3NotificationEvent(MARKED if makes_marker else DELETED)
            key = bucket.keys[key_name] if makes_marker else versions[-1]
            notifications.send_event(self.account_id, event, bucket, key)
        return is_done, response

    return delete_object


def _in_any_case(read: Callable[[S3Response], dict[str, Any]]) -> Callable[[S3Response], dict[str, Any]]:
    """S3 takes the names of a filter's rules in any case."""

    @wraps(read)
    def notification_config_from_body(self: S3Response) -> dict[str, object]:
        self.body = FILTER_NAMES.sub(lambda found: found[0].lower().replace(b"name", b"Name"), self.body)
        return read(self)

    return notification_config_from_body
