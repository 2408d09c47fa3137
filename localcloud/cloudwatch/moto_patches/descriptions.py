"""CloudWatch: DescribeAlarms and DescribeAlarmsForMetric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.model import AnyAlarm, CompositeAlarm, MetricAlarm
from localcloud.cloudwatch.alarms.records import alarms_of
from localcloud.cloudwatch.moto_patches.views import show, show_metric_alarm
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result

if TYPE_CHECKING:
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult
    from types_boto3_cloudwatch.type_defs import (
        DescribeAlarmsForMetricInputTypeDef,
        DescribeAlarmsInputTypeDef,
        DimensionTypeDef,
    )

KINDS = ("MetricAlarm", "CompositeAlarm")
PAGE = 50


def patch() -> None:
    """Replace moto's responses, which have no composite alarms."""
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, describe_alarms, describe_alarms_for_metric)


def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    request = cast("DescribeAlarmsInputTypeDef", self._get_params())
    alarms = alarms_of(self.cloudwatch_backend)
    if request.get("AlarmNames") and request.get("AlarmNamePrefix"):
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix must not be specified together")
    found = [alarms[name] for name in sorted(_related(request, alarms)) if _matches(alarms[name], request)]
    names = [alarm.name for alarm in found]
    token = request.get("NextToken")
    if token and token not in names:
        raise AwsError("InvalidNextToken", "The next token is not valid")
    start = names.index(token) if token else 0
    end = start + int(request.get("MaxRecords") or PAGE)
    page = found[start:end]
    shown = {
        "MetricAlarms": [show(alarm) for alarm in page if isinstance(alarm, MetricAlarm)],
        "CompositeAlarms": [show(alarm) for alarm in page if isinstance(alarm, CompositeAlarm)],
    }
    return result({**shown, **({"NextToken": names[end]} if len(found) > end else {})})


def _related(request: DescribeAlarmsInputTypeDef, alarms: Mapping[str, AnyAlarm]) -> set[str]:
    """Return the names of all alarms, or of one alarm's children or parents."""
    if parent := request.get("ChildrenOfAlarmName"):
        alarm = alarms.get(parent)
        return set(parse(alarm.rule).alarms) & set(alarms) if isinstance(alarm, CompositeAlarm) else set()
    if child := request.get("ParentsOfAlarmName"):
        composites = [alarm for alarm in alarms.values() if isinstance(alarm, CompositeAlarm)]
        return {alarm.name for alarm in composites if child in parse(alarm.rule).alarms}
    return set(alarms)


def _matches(alarm: AnyAlarm, request: DescribeAlarmsInputTypeDef) -> bool:
    related = request.get("ChildrenOfAlarmName") or request.get("ParentsOfAlarmName")
    kinds: Sequence[str] = request.get("AlarmTypes") or (KINDS if related else KINDS[:1])
    names, prefix = request.get("AlarmNames"), request.get("ActionPrefix")
    actions = (*alarm.actions.alarm, *alarm.actions.ok, *alarm.actions.insufficient_data)
    return (
        KINDS[isinstance(alarm, CompositeAlarm)] in kinds
        and (not names or alarm.name in names)
        and alarm.name.startswith(request.get("AlarmNamePrefix") or "")
        and request.get("StateValue") in (None, alarm.state.value)
        and (not prefix or any(each.startswith(prefix) for each in actions))
    )


def describe_alarms_for_metric(self: CloudWatchResponse) -> ActionResult:
    """Answer with alarms on exactly this metric, filtered by statistic, period and unit if given. Omits metric math."""
    request = cast("DescribeAlarmsForMetricInputTypeDef", self._get_params())
    alarms = alarms_of(self.cloudwatch_backend)
    found = [
        alarm
        for _, alarm in sorted(alarms.items())
        if isinstance(alarm, MetricAlarm)
        and _watches(alarm, request)
        and request.get("Statistic") in (None, alarm.statistic)
        and request.get("ExtendedStatistic") in (None, alarm.extended_statistic)
        and request.get("Period") in (None, alarm.period_s)
        and request.get("Unit") in (None, alarm.unit)
    ]
    return result({"MetricAlarms": [show_metric_alarm(alarm) for alarm in found]})


def _watches(alarm: MetricAlarm, request: DescribeAlarmsForMetricInputTypeDef) -> bool:
    metric = alarm.metric
    return (
        metric is not None
        and (metric.namespace, metric.name) == (request["Namespace"], request["MetricName"])
        and set(metric.dimensions) == _pairs(request.get("Dimensions") or ())
    )


def _pairs(dimensions: Sequence[DimensionTypeDef]) -> set[tuple[str, str]]:
    return {(each["Name"], each["Value"]) for each in dimensions}
