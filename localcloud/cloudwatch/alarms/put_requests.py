"""PutMetricAlarm and PutCompositeAlarm: the request, which fits the model and the rules, as an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.cloudwatch.alarms.composite import WrongRule, parse
from localcloud.cloudwatch.alarms.model import (
    Actions,
    Alarm,
    AlarmState,
    CompositeAlarm,
    MetricAlarm,
    Suppressor,
    WatchedMetric,
    WatchedQuery,
    WatchedStatistic,
    name_of,
)
from localcloud.cloudwatch.alarms.suppression import Suppression
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDataQueryUnionTypeDef,
        PutCompositeAlarmInputTypeDef,
        PutMetricAlarmInputTypeDef,
    )

SUPPRESSOR = "ActionsSuppressor"
PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def metric_alarm(request: PutMetricAlarmInputTypeDef, arn: str, before: MetricAlarm | None) -> MetricAlarm:
    """Return the alarm; `before`, which it replaces, keeps its state and its history."""
    name = request.get("MetricName")
    now = datetime.now(UTC)
    return MetricAlarm(
        name=request["AlarmName"],
        arn=arn,
        description=request.get("AlarmDescription"),
        actions=_actions(request),
        configured_at=now,
        state=before.state if before else AlarmState(updated_at=now, transitioned_at=now),
        history=before.history if before else (),
        comparison=request["ComparisonOperator"],
        threshold=request.get("Threshold"),
        evaluation_periods=request.get("EvaluationPeriods"),
        datapoints_to_alarm=request.get("DatapointsToAlarm"),
        treat_missing_data=request.get("TreatMissingData"),
        low_sample_count=request.get("EvaluateLowSampleCountPercentile"),
        metric=_metric(request.get("Namespace"), name, request.get("Dimensions")) if name else None,
        statistic=request.get("Statistic"),
        extended_statistic=request.get("ExtendedStatistic"),
        period_s=request.get("Period"),
        unit=request.get("Unit"),
        queries=tuple(_query(each) for each in request.get("Metrics") or ()),
    )


def composite_alarm(
    request: PutCompositeAlarmInputTypeDef, arn: str, before: CompositeAlarm | None, alarms: Mapping[str, Alarm]
) -> CompositeAlarm:
    """Return the alarm, as `metric_alarm` does. Errors: AwsError for a rule or a suppressor that AWS refuses."""
    _check_rule(request["AlarmName"], arn, request["AlarmRule"], alarms)
    now = datetime.now(UTC)
    state = before.state if before else AlarmState(updated_at=now, transitioned_at=now)
    suppressor = _suppressor(request, alarms)
    # Actions that were taken before are not taken again.
    suppression = Suppression(acted_on=state.value)
    if suppressor and before and before.suppressor and before.suppression:
        suppression = before.suppression
    return CompositeAlarm(
        name=request["AlarmName"],
        arn=arn,
        description=request.get("AlarmDescription"),
        actions=_actions(request),
        configured_at=now,
        state=state,
        history=before.history if before else (),
        rule=request["AlarmRule"],
        suppressor=suppressor,
        suppression=suppression,
    )


def _check_rule(name: str, arn: str, text: str, alarms: Mapping[str, Alarm]) -> None:
    try:
        rule = parse(text)
    except WrongRule as wrong:
        raise AwsError("ValidationError", f"AlarmRule: {wrong}") from wrong
    arns = {arn, *(each.arn for each in alarms.values())}
    unknown = [each for each in rule.alarms if each not in alarms and each != name]
    if unknown := unknown or [each for each in rule.arns if each not in arns]:  # of another region or account
        raise AwsError("ValidationError", f"AlarmRule must not contain alarms that do not exist: {', '.join(unknown)}")
    if name in rule.alarms:
        raise AwsError("ValidationError", f"AlarmRule must not contain the alarm itself: {name}")


def _suppressor(request: PutCompositeAlarmInputTypeDef, alarms: Mapping[str, Alarm]) -> Suppressor | None:
    alarm = request.get("ActionsSuppressor")
    wait_s, extension_s = request.get("ActionsSuppressorWaitPeriod"), request.get("ActionsSuppressorExtensionPeriod")
    if not alarm and wait_s is None and extension_s is None:
        return None
    if not alarm or wait_s is None or extension_s is None:
        raise AwsError("ValidationError", f"{SUPPRESSOR}, {' and '.join(PERIODS)} must be specified together")
    found = alarms.get(name_of(alarm))
    if found is None or alarm not in (found.name, found.arn):
        raise AwsError("ValidationError", f"{SUPPRESSOR}: there is no alarm '{alarm}'")
    return Suppressor(alarm=alarm, wait_s=int(wait_s), extension_s=int(extension_s))


def _actions(request: PutMetricAlarmInputTypeDef | PutCompositeAlarmInputTypeDef) -> Actions:
    return Actions(
        ok=tuple(request.get("OKActions") or ()),
        alarm=tuple(request.get("AlarmActions") or ()),
        insufficient_data=tuple(request.get("InsufficientDataActions") or ()),
        enabled=request.get("ActionsEnabled") is not False,
    )


def _query(query: MetricDataQueryUnionTypeDef) -> WatchedQuery:
    stat = query.get("MetricStat")
    statistic = None
    if stat:
        metric = stat["Metric"]
        statistic = WatchedStatistic(
            metric=_metric(metric.get("Namespace"), metric.get("MetricName"), metric.get("Dimensions")),
            period_s=int(stat["Period"]),
            statistic=stat["Stat"],
            unit=stat.get("Unit"),
        )
    return WatchedQuery(
        id=query["Id"],
        statistic=statistic,
        expression=query.get("Expression"),
        label=query.get("Label"),
        period_s=query.get("Period"),
        returns_data=query.get("ReturnData"),
    )


def _metric(namespace: str | None, name: str | None, dimensions: Sequence[DimensionTypeDef] | None) -> WatchedMetric:
    pairs = tuple((each["Name"], each["Value"]) for each in dimensions or ())
    return WatchedMetric(namespace=namespace or "", name=name or "", dimensions=pairs)
