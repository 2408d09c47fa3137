"""moto's alarm objects, which earlier versions stored -> our alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.model import (
    Actions,
    AlarmState,
    AnyAlarm,
    CompositeAlarm,
    HistoryItem,
    MetricAlarm,
    Suppressor,
    WatchedMetric,
    WatchedQuery,
    WatchedStatistic,
)
from localcloud.cloudwatch.alarms.suppression import By, Suppression
from localcloud.machine.clock import aware

if TYPE_CHECKING:
    from moto.cloudwatch.models import Alarm as MotoAlarm
    from moto.cloudwatch.models import Dimension, MetricDataQuery


KEY_OF_ACTED_ON_BEFORE = "told"
"""The key under which earlier versions stored the state whose actions were taken last."""


class _Common(TypedDict):
    """The arguments that both kinds of alarm take."""

    name: str
    arn: str
    description: str | None
    actions: Actions
    configured_at: datetime
    state: AlarmState
    history: tuple[HistoryItem, ...]


def from_moto(alarm: MotoAlarm) -> AnyAlarm:
    """Convert an alarm with what our patches had added to it."""
    common = _common(alarm)
    if alarm.rule is not None:
        return CompositeAlarm(
            **common,
            rule=alarm.rule,
            suppressor=_suppressor(alarm),
            suppression=_suppression(getattr(alarm, "suppression", None)),
            children_seen=getattr(alarm, "children_seen", None),
        )
    return MetricAlarm(
        **common,
        comparison=alarm.comparison_operator,
        threshold=None if alarm.threshold is None else float(alarm.threshold),
        evaluation_periods=_whole(alarm.evaluation_periods),
        datapoints_to_alarm=_whole(alarm.datapoints_to_alarm),
        treat_missing_data=alarm.treat_missing_data,
        low_sample_count=alarm.evaluate_low_sample_count_percentile,
        metric=_metric(alarm.namespace, alarm.metric_name, alarm.dimensions) if alarm.metric_name else None,
        statistic=alarm.statistic,
        extended_statistic=alarm.extended_statistic,
        period_s=_whole(alarm.period),
        unit=alarm.unit,
        queries=tuple(_query(each) for each in alarm.metric_data_queries),
        evaluation_state=getattr(alarm, "evaluation_state", None),
    )


def _common(alarm: MotoAlarm) -> _Common:
    return _Common(
        name=alarm.name,
        arn=alarm.alarm_arn,
        description=alarm.description,
        actions=Actions(
            ok=tuple(alarm.ok_actions or ()),
            alarm=tuple(alarm.alarm_actions or ()),
            insufficient_data=tuple(alarm.insufficient_data_actions or ()),
            enabled=bool(alarm.actions_enabled),
        ),
        configured_at=aware(alarm.configuration_updated_timestamp),
        state=AlarmState(
            value=State(alarm.state_value),
            reason=alarm.state_reason,
            reason_data=alarm.state_reason_data if alarm.state_reason_data not in (None, "{}") else "",
            updated_at=aware(alarm.state_updated_timestamp),
            transitioned_at=aware(getattr(alarm, "state_transitioned_timestamp", alarm.state_updated_timestamp)),
        ),
        # moto's own items were tuples, and never shown.
        history=tuple(_item(each) for each in alarm.history if isinstance(each, dict)),
    )


def _suppressor(alarm: MotoAlarm) -> Suppressor | None:
    named: str | None = getattr(alarm, "suppressor", None)
    if not named:
        return None
    wait_s, extension_s = (int(getattr(alarm, f"suppressor_{each}_s")) for each in ("wait", "extension"))
    return Suppressor(alarm=named, wait_s=wait_s, extension_s=extension_s)


def _suppression(stored: Mapping[str, object] | None) -> Suppression | None:
    if stored is None:
        return None
    by = stored["by"]
    acted_on = stored.get("acted_on", stored.get(KEY_OF_ACTED_ON_BEFORE))
    return Suppression(acted_on=str(acted_on), by=By(str(by)) if by else None, until=float(str(stored["until"])))


def _item(stored: Mapping[str, object]) -> HistoryItem:
    at = stored["Timestamp"]
    return HistoryItem(
        kind=str(stored["HistoryItemType"]),
        summary=str(stored["HistorySummary"]),
        data=str(stored["HistoryData"]),
        at=at if isinstance(at, datetime) else datetime.now(UTC),
    )


def _query(query: MetricDataQuery) -> WatchedQuery:
    stat = query.metric_stat
    statistic = None
    if stat:
        statistic = WatchedStatistic(
            metric=_metric(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions),
            period_s=int(stat.period),
            statistic=stat.stat,
            unit=stat.unit,
        )
    return WatchedQuery(
        id=query.id,
        statistic=statistic,
        expression=query.expression,
        label=query.label,
        period_s=_whole(query.period),
        returns_data=None if query.return_data is None else str(query.return_data).lower() == "true",
    )


def _metric(namespace: str, name: str, dimensions: Sequence[Dimension] | None) -> WatchedMetric:
    pairs = tuple((str(each.name), str(each.value)) for each in dimensions or ())
    return WatchedMetric(namespace=namespace, name=name, dimensions=pairs)


def _whole(value: int | str | None) -> int | None:
    return None if value is None else int(value)
