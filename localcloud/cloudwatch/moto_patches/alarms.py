"""CloudWatch's operations on alarms, which are our own values in moto's backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.message import StateChange
from localcloud.cloudwatch.alarms.model import Alarm, CompositeAlarm, name_of
from localcloud.cloudwatch.alarms.put_requests import composite_alarm, metric_alarm
from localcloud.cloudwatch.alarms.records import alarms_of, change_state, enable_actions, put
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result, wrap

if TYPE_CHECKING:
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult
    from types_boto3_cloudwatch.type_defs import (
        PutCompositeAlarmInputTypeDef,
        PutMetricAlarmInputTypeDef,
        SetAlarmStateInputTypeDef,
        TagTypeDef,
    )

_set: list[StateChange] = []


def patch() -> None:
    """Replace moto's alarms: moto cannot combine or evaluate them, and keeps no history."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, put_metric_alarm, put_composite_alarm, delete_alarms)
    replace(CloudWatchResponse, set_alarm_state, enable_alarm_actions, disable_alarm_actions)
    wrap(CloudWatchBackend, "delete_alarms", _with_their_tags)


def put_metric_alarm(self: CloudWatchResponse) -> ActionResult:
    put_metric(self.cloudwatch_backend, cast("PutMetricAlarmInputTypeDef", self._get_params()))
    return result({})


def put_metric(backend: CloudWatchBackend, request: PutMetricAlarmInputTypeDef) -> Alarm:
    """Create or update an alarm on a metric or on metric math, as PutMetricAlarm does."""
    alarms = alarms_of(backend)
    before = alarms.get(request["AlarmName"])
    if isinstance(before, CompositeAlarm):
        raise AwsError(
            "ValidationError", f"Alarm '{before.name}' is a composite alarm and cannot become a metric alarm"
        )
    alarm = metric_alarm(request, _arn(backend, request["AlarmName"]), before)
    put(alarms, alarm, is_new=before is None)
    if before is None:
        _tag(backend, alarm, request.get("Tags") or ())
    return alarm


def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    request = cast("PutCompositeAlarmInputTypeDef", self._get_params())
    backend = self.cloudwatch_backend
    alarms = alarms_of(backend)
    before = alarms.get(request["AlarmName"])
    if before is not None and not isinstance(before, CompositeAlarm):
        raise AwsError(
            "ValidationError", f"Alarm '{before.name}' is a metric alarm and cannot become a composite alarm"
        )
    alarm = composite_alarm(request, _arn(backend, request["AlarmName"]), before, alarms)
    put(alarms, alarm, is_new=before is None)
    if before is None:
        _tag(backend, alarm, request.get("Tags") or ())
    return result({})


def _tag(backend: CloudWatchBackend, alarm: Alarm, tags: Iterable[TagTypeDef]) -> None:
    """Tag a new alarm: only TagResource changes the tags of an existing one."""
    if given := [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]:
        backend.tagger.tag_resource(alarm.arn, given)


def _arn(backend: CloudWatchBackend, name: str) -> str:
    from moto.cloudwatch.utils import make_arn_for_alarm

    return make_arn_for_alarm(backend.region_name, backend.account_id, name)


def take_set_states(region: str) -> list[StateChange]:
    """Return the region's changes through SetAlarmState since the last call. Call in moto's thread."""
    taken = [change for change in _set if change.region == region]
    _set[:] = [change for change in _set if change.region != region]
    return taken


def set_alarm_state(self: CloudWatchResponse) -> ActionResult:
    request = cast("SetAlarmStateInputTypeDef", self._get_params())
    alarms, reason_data = alarms_of(self.cloudwatch_backend), request.get("StateReasonData")
    if not _is_json(reason_data):
        raise AwsError("InvalidFormat", "StateReasonData is not valid JSON")
    alarm = alarms.get(request["AlarmName"])
    if alarm is None:
        raise AwsError("ResourceNotFound", "")  # AWS was recorded to return an empty message (September 2025).
    new = State(request["StateValue"])
    if new is not alarm.state.value:
        _set.append(change_state(alarms, alarm, new, request["StateReason"], reason_data))
    return result({})


def _is_json(text: str | None) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


def enable_alarm_actions(self: CloudWatchResponse) -> ActionResult:
    enable_actions(alarms_of(self.cloudwatch_backend), self._get_param("AlarmNames", []), enabled=True)
    return result({})


def disable_alarm_actions(self: CloudWatchResponse) -> ActionResult:
    enable_actions(alarms_of(self.cloudwatch_backend), self._get_param("AlarmNames", []), enabled=False)
    return result({})


def delete_alarms(self: CloudWatchResponse) -> ActionResult:
    """Delete all alarms or none. One unknown name: none, without an error, as CloudWatch's reference says.

    Refused: more than one composite alarm at a time, and an alarm that another alarm's rule depends on.
    """
    alarms, names = alarms_of(self.cloudwatch_backend), self._get_param("AlarmNames", [])
    known = [name for name in names if name in alarms]
    composites = [alarm for alarm in alarms.values() if isinstance(alarm, CompositeAlarm)]
    if sum(alarm.name in known for alarm in composites) > 1:
        raise AwsError("ValidationError", "Only one composite alarm can be deleted in one request")
    needed = {name for parent in composites if parent.name not in names for name in _depends_on(parent)}
    if kept := needed.intersection(known):
        them = "it" if len(kept) == 1 else "them"
        depend = f"as there are composite alarm(s) depending on {them}."
        raise AwsError("ValidationError", f"Cannot delete {','.join(sorted(kept))} {depend}")
    if len(known) == len(names):
        self.cloudwatch_backend.delete_alarms(names)
    return result({})


def _depends_on(alarm: CompositeAlarm) -> list[str]:
    """Return the alarms that a composite alarm depends on."""
    return [*parse(alarm.rule).alarms, *([name_of(alarm.suppressor.alarm)] if alarm.suppressor else [])]


def _with_their_tags(delete: Callable[[CloudWatchBackend, list[str]], None]) -> Callable[..., None]:
    """moto keeps the tags of deleted alarms and gives them to the next alarm of that name."""

    def delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
        alarms = alarms_of(self)
        arns = [alarms[name].arn for name in alarm_names if name in alarms]
        delete(self, alarm_names)
        for arn in arns:
            self.tagger.delete_all_tags_for_resource(arn)

    return delete_alarms
