"""EventBridge: patterns, target inputs, topics as targets, disabled rules, sources reserved for AWS, permissions."""

import copy
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, replace, wrap
from localcloud.moto_only.checks.event_patterns import read_pattern
from localcloud.moto_only.checks.event_targets import PLACEHOLDER, check_number, check_size
from localcloud.moto_only.events import archives
from localcloud.moto_only.events.patterns import matches
from localcloud.moto_only.principals import identities, invalid_principal

log = logging.getLogger(__name__)

AWS_SOURCE = "aws."
MAX_ENTRIES = 10
OF_EVERY_EVENT = ("id", "account", "source", "time", "region", "resources", "detail-type")
STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")


def patch() -> None:
    """moto builds SQS messages its own way, does not publish to topics, and ignores whether the rule is enabled.

    It accepts patterns that can never match, finds nothing in lists of objects, and tests no pattern.
    """
    from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule
    from moto.events.responses import EventsHandler

    rule: Any = Rule
    send_to_others = rule.send_to_targets

    def send_to_targets(self: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if self.state != "ENABLED" or self.scheduled_expression or not self.event_pattern.matches_event(original_event):
            return
        for target in self.targets:
            try:
                if not _send(self, target, original_event):
                    alone = copy.copy(self)
                    alone.targets = [target]
                    send_to_others(alone, {"ingestion-time": 0.0, **original_event}, transform_input)
            except Exception:  # The edge between an event and its targets: the other targets still get it.
                log.exception("Event not delivered", extra={"action": "event_not_delivered", "target": target["Arn"]})

    rule.send_to_targets = send_to_targets
    answering: Any = EventsHandler
    answering.put_events = put_events
    answering.test_event_pattern = test_event_pattern
    replace(EventPattern, matches_event)
    replace(EventPatternParser, parse)
    archives.patch()
    wrap(Rule, "put_targets", checking(lambda self, given: check_number(self.targets, given["targets"])))
    wrap(EventsBackend, "put_permission", checking(_check_principals))


def _check_principals(backend: Any, given: Mapping[str, Any]) -> None:
    policy = given["policy"]
    if policy and invalid_principal(policy, identities(backend.account_id)):
        raise AwsError("ValidationException", "Invalid principal in policy")


def matches_event(self: Any, event: Mapping[str, Any]) -> bool:
    try:
        return not self._raw_pattern or matches(read_pattern(self._raw_pattern), event)
    except ValueError:  # Stored by an earlier version; no event was ever sent by it.
        return False


def parse(self: Any) -> dict[str, Any]:
    """Errors: AwsError InvalidEventPatternException."""
    try:
        return read_pattern(self.pattern) if self.pattern else {}
    except ValueError as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from error


def test_event_pattern(self: Any) -> str:
    """Errors: AwsError, also for an event that lacks what every event has."""
    from moto.events.models import EventPattern

    pattern: Any = EventPattern.load(self._get_param("EventPattern"))
    try:
        event = json.loads(self._get_param("Event"))
    except ValueError:
        event = None
    if not isinstance(event, dict) or not event.keys() >= set(OF_EVERY_EVENT):
        raise AwsError("ValidationException", "Parameter Event is not valid.")
    return json.dumps({"Result": pattern.matches_event(event)})


def put_events(self: Any) -> str:
    """Like moto's, but refuses events that claim to come from AWS, and those of which the detail is no object."""
    responses: list[dict[str, Any]] = []
    entries = self._get_param("Entries")
    check_size(entries)
    for entry in entries:
        if str(entry.get("Source", "")).startswith(AWS_SOURCE):
            responses.append(
                {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
            )
        elif _is_no_object(entry.get("Detail")):
            responses.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
        else:
            responses += self.events_backend.put_events([entry] if len(entries) <= MAX_ENTRIES else entries)
    failed = sum("ErrorCode" in response for response in responses)
    return json.dumps({"FailedEntryCount": failed, "Entries": responses})


def _is_no_object(detail: object) -> bool:
    """Return whether a detail is JSON of another kind; moto says what else is wrong with it."""
    try:
        return bool(detail) and not isinstance(json.loads(str(detail)), dict)
    except ValueError:
        return False


def _send(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> bool:
    """Deliver the event; -> False for a kind of target that is not handled here."""
    _, _, service, region, account_id, name = target["Arn"].split(":", 5)
    if service == "sns":
        from moto.sns.models import sns_backends

        backend: Any = sns_backends[account_id][region]
        backend.publish(_input(rule, target, event), arn=target["Arn"])
        backend.topics[target["Arn"]].sent_notifications.clear()  # moto keeps every message, for tests of its own.
        return True
    if service == "sqs" and "SqsParameters" not in target:
        from moto.sqs.models import sqs_backends

        sqs_backends[account_id][region].send_message(name, _input(rule, target, event))
        return True
    return False


def _input(rule: Any, target: dict[str, Any], raw: dict[str, Any]) -> str:
    """Return the target's input: the event, a part of it, a constant, or the result of its transformer."""
    event = {name: value for name, value in raw.items() if name != "ingestion-time"}
    if isinstance(event["time"], (int, float)):
        event["time"] = datetime.fromtimestamp(event["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return _json(_at(event, target["InputPath"]))
    if "InputTransformer" in target:
        return _transformed(rule, target["InputTransformer"], event)
    return _json(event)


def _transformed(rule: Any, transformer: dict[str, Any], event: dict[str, Any]) -> str:
    """Expand placeholders: as JSON when alone, as plain text within a string."""
    values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.json": event,
        "aws.events.event": event,
        "aws.events.event.ingestion-time": event["time"],
    }
    template = str(transformer["InputTemplate"])

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        found = values[match[1]]
        if not _is_within_text(template, match.start()):
            return _json(found)
        text = found if isinstance(found, str) else "" if found is None else _json(found)
        return _json(text)[1:-1]

    return PLACEHOLDER.sub(value, template)


def _is_within_text(template: str, position: int) -> bool:
    return len(re.findall(r'(?<!\\)"', template[:position])) % 2 == 1


def _at(event: Any, path: str) -> Any:
    """Return the value at a path like `$.detail.containers[0].name`; None when there is none."""
    found = event
    for key, index, quoted in STEP.findall(path):
        try:
            found = found[int(index)] if index else found[key or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
