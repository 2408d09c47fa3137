"""SQS: principals and dead-letter queues must exist, entries of a batch fail alone, and names are free again later."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.checks.sqs import FIFO, dead_letters_of, invalid_redrive
from localcloud.moto_only.checks.sqs_messages import check_message, size
from localcloud.moto_only.principals import identities, invalid_principal, is_document
from localcloud.protocol.wire import OF_QUERY

DELETED = "deleted_queues"
"""Name of our addition to moto's backend: the times of deletion, by name. It is saved with moto's state."""
NAME_TAKEN_S = 60

Sending = Callable[..., tuple[list[Any], list[dict[str, Any]]]]


def patch() -> None:
    """moto does not check principals, and drops the policy whenever another attribute changes.

    It refuses a batch for one of its messages, and creates a queue as soon as the one before it is deleted.
    """
    from moto.sqs.models import Queue, SQSBackend

    wrap(Queue, "_set_attributes", _with_known_principals)
    wrap(SQSBackend, "send_message_batch", _entry_by_entry)
    wrap(SQSBackend, "create_queue", checking(_check_free))
    wrap(SQSBackend, "create_queue", checking(_check_dead_letters))
    wrap(SQSBackend, "set_queue_attributes", checking(_check_dead_letters))
    wrap(SQSBackend, "delete_queue", _noting_the_time)


def _with_known_principals(change: Callable[..., None]) -> Callable[..., None]:
    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        kept, policy = getattr(self, "_policy_json", None), attributes.get("Policy")
        if policy and (not is_document(policy) or invalid_principal(policy, identities(self.account_id))):
            raise AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy.")
        change(self, attributes, now)
        if "Policy" not in attributes and kept:
            self._policy_json = kept

    return set_attributes


def _entry_by_entry(send: Sending) -> Sending:
    def send_message_batch(
        self: Any, queue_name: str, entries: Mapping[str, dict[str, Any]]
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        queue = self.get_queue(queue_name)
        taken, failed = {}, []
        for key, entry in entries.items():
            if queue.fifo_queue and not entry.get("MessageGroupId"):
                raise AwsError("InvalidParameterValue", "The request must contain the parameter MessageGroupId.")
            try:
                check_message(entry, is_fifo=queue.fifo_queue)
                _check_size(queue, entry)
            except AwsError as error:
                failed.append(
                    {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message},
                )
            else:
                taken[key] = entry
        messages, others = send(self, queue_name, taken) if taken else ([], [])
        return messages, failed + others

    return send_message_batch


def _check_size(queue: Any, entry: Mapping[str, Any]) -> None:
    if size(entry) > queue.maximum_message_size:
        words = f"Message must be shorter than {queue.maximum_message_size} bytes."
        raise AwsError("InvalidParameterValue", f"One or more parameters cannot be validated. Reason: {words}")


def _check_free(backend: Any, given: Mapping[str, Any]) -> None:
    deleted: dict[str, float] = backend.__dict__.get(DELETED, {})
    since = time.time() - deleted.get(given["name"], 0)
    if 0 <= since < NAME_TAKEN_S:
        words = f"You must wait {NAME_TAKEN_S} seconds after deleting a queue before you can create another with"
        raise AwsError(f"{OF_QUERY}QueueDeletedRecently", f"{words} the same name.")
    deleted.pop(given["name"], None)


def _check_dead_letters(backend: Any, given: Mapping[str, Any]) -> None:
    """Check that a queue's dead-letter queue exists and is of its kind."""
    attributes = given.get("kwargs") or given.get("attributes") or {}
    text = attributes.get("RedrivePolicy")
    if not text:
        return
    name, arn = given.get("name") or given.get("queue_name") or "", dead_letters_of(text)
    target = next((queue for queue in backend.queues.values() if queue.queue_arn == arn), None)
    if target is None:
        raise invalid_redrive(text, "Dead letter target does not exist.")
    if target.fifo_queue != name.endswith(FIFO):
        raise invalid_redrive(text, "Dead-letter queue must be same type of queue as the source.")


def _noting_the_time(delete: Callable[..., None]) -> Callable[..., None]:
    def delete_queue(self: Any, queue_name: str) -> None:
        delete(self, queue_name)
        self.__dict__.setdefault(DELETED, {})[queue_name] = time.time()

    return delete_queue
