"""S3: what a notification says, to queues and topics and as an event of EventBridge."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket

PUT, TAGGED = "s3:ObjectCreated:Put", "s3:ObjectTagging:Put"
DELETED, MARKED = "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"
CREATED = "s3:ObjectCreated:"
REASONS = {
    PUT: "PutObject",
    f"{CREATED}Post": "POST Object",
    f"{CREATED}Copy": "CopyObject",
    f"{CREATED}CompleteMultipartUpload": "CompleteMultipartUpload",
    DELETED: "DeleteObject",
    MARKED: "DeleteObject",
}
DELETIONS = {DELETED: "Permanently Deleted", MARKED: "Delete Marker Created"}
ADDRESS = "127.0.0.1"
OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
"""The ETag of an empty object, which delete markers have."""


def patch() -> None:
    """moto's messages have one id and one sequencer, name versions only to EventBridge, and go to every event bus."""
    from moto.s3 import notifications

    notifications._get_s3_event = record
    notifications._send_event_bridge_message = send_event


def record(event_name: str, bucket: FakeBucket, key: Any, notification_id: str) -> dict[str, Any]:
    """Return the message to a queue or topic."""
    from moto.s3.notifications import S3NotificationEvent

    name = S3NotificationEvent(event_name).value
    found = {"key": quote_plus(key.name), **_facts(name, bucket, key, tag="eTag", version="versionId")}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": bucket.region_name,
                "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "eventName": name.removeprefix("s3:"),
                "userIdentity": {"principalId": bucket.account_id},
                "requestParameters": {"sourceIPAddress": ADDRESS},
                "responseElements": {"x-amz-request-id": _request_id(), "x-amz-id-2": _request_id()},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": notification_id,
                    "bucket": {
                        "name": bucket.name,
                        "ownerIdentity": {"principalId": bucket.account_id},
                        "arn": bucket.arn,
                    },
                    "object": found,
                },
            }
        ]
    }


def send_event(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
    """Send the event to the rules of the default bus."""
    from moto.events.models import events_backends
    from moto.s3.notifications import S3NotificationEvent, _detail_type

    name = S3NotificationEvent(event_name).value
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {"key": key.name, **_facts(name, bucket, key, tag="etag", version="version-id")},
        "request-id": _request_id(),
        "requester": account_id,
        "source-ip-address": ADDRESS,
    }
    if name in REASONS:
        detail["reason"] = REASONS[name]
    if name in DELETIONS:
        detail["deletion-type"] = DELETIONS[name]
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    for rule in list(events_backends[account_id][bucket.region_name].event_buses["default"].rules.values()):
        rule.send_to_targets(event, transform_input=False)


def _facts(name: str, bucket: FakeBucket, key: Any, *, tag: str, version: str) -> dict[str, Any]:
    """Return the facts about the object that this kind of event gives. `tag`, `version`: what they are called."""
    facts: dict[str, Any] = {}
    if name.startswith(CREATED):
        facts["size"] = key.size
    if name != DELETED:
        facts[tag] = OF_NOTHING if name == MARKED else key.etag.replace('"', "")
    if bucket.versioning_status is not None:
        facts[version] = str(key.version_id)
    if name in REASONS:
        facts["sequencer"] = f"{time.time_ns():018X}"
    return facts


def _request_id() -> str:
    return uuid.uuid4().hex[:16].upper()
