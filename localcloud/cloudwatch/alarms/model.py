"""Alarms as values. They are stored with moto's state, so a renamed field needs a default and a reader of the old one.

Fields that are None were not given in the request, and are left out of responses.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.suppression import Suppression

INITIAL_REASON = "Unchecked: Initial alarm creation"


@dataclass(frozen=True, kw_only=True)
class WatchedMetric:
    """A metric as an alarm names it, with its dimensions in the order of the request."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class WatchedStatistic:
    """MetricStat: a statistic of a metric."""

    metric: WatchedMetric
    period_s: int
    statistic: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class WatchedQuery:
    """One element of Metrics: a statistic of a metric, or an expression over others."""

    id: str
    statistic: WatchedStatistic | None = None
    expression: str | None = None
    label: str | None = None
    period_s: int | None = None
    returns_data: bool | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryItem:
    """An item of DescribeAlarmHistory."""

    kind: str
    """HistoryItemType."""
    summary: str
    data: str
    """JSON."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AlarmState:
    """The state of an alarm; `updated_at` also changes with the reason, `transitioned_at` only with the value."""

    value: State = State.INSUFFICIENT_DATA
    reason: str = INITIAL_REASON
    reason_data: str = ""
    """JSON, or empty."""
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    transitioned_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class Actions:
    """The ARNs that an alarm notifies, by the state that it enters."""

    ok: tuple[str, ...] = ()
    alarm: tuple[str, ...] = ()
    insufficient_data: tuple[str, ...] = ()
    enabled: bool = True

    def of(self, state: State) -> list[str]:
        """Return the actions of a state; none while actions are disabled."""
        by_state = {State.OK: self.ok, State.ALARM: self.alarm, State.INSUFFICIENT_DATA: self.insufficient_data}
        return list(by_state[state]) if self.enabled else []


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The common base of metric alarms and composite alarms."""

    name: str
    arn: str
    description: str | None = None
    actions: Actions = Actions()
    configured_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: AlarmState = field(default_factory=AlarmState)
    history: tuple[HistoryItem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricAlarm(Alarm):
    """An alarm on one metric (`metric`) or on metric math (`queries`)."""

    comparison: str
    threshold: float | None
    evaluation_periods: int | None
    datapoints_to_alarm: int | None = None
    treat_missing_data: str | None = None
    low_sample_count: str | None = None
    """EvaluateLowSampleCountPercentile."""
    metric: WatchedMetric | None = None
    statistic: str | None = None
    extended_statistic: str | None = None
    period_s: int | None = None
    unit: str | None = None
    queries: tuple[WatchedQuery, ...] = ()
    evaluation_state: str | None = None


@dataclass(frozen=True, kw_only=True)
class Suppressor:
    """ActionsSuppressor with its periods, in AWS seconds."""

    alarm: str
    """Name or ARN."""
    wait_s: int
    extension_s: int

    @property
    def name(self) -> str:
        return name_of(self.alarm)


@dataclass(frozen=True, kw_only=True)
class CompositeAlarm(Alarm):
    """An alarm on the states of other alarms."""

    rule: str
    suppressor: Suppressor | None = None
    suppression: Suppression | None = None
    """None before the suppressor was first looked at."""
    children_seen: tuple[tuple[str, str], ...] | None = None
    """Names and states of the alarms in the rule when it was last evaluated."""


AnyAlarm = MetricAlarm | CompositeAlarm


def name_of(alarm: str) -> str:
    """Return the name from a name or ARN."""
    return alarm.split(":alarm:", 1)[-1]
