"""The alarms of one region: evaluates, updates and publishes them. Call everything here in moto's thread."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.cloudwatch.alarms.composites import RegionalComposites
from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, State, Verdict, evaluate
from localcloud.cloudwatch.alarms.message import StateChange
from localcloud.cloudwatch.alarms.model import AnyAlarm, MetricAlarm
from localcloud.cloudwatch.alarms.publication import SCALING, Publication
from localcloud.cloudwatch.alarms.reason import reason, reason_data
from localcloud.cloudwatch.alarms.records import Alarms, alarms_of, change_state
from localcloud.cloudwatch.alarms.settings import AlarmSettings, alarm_settings, period_of
from localcloud.cloudwatch.metrics.queries import QueryResults, in_windows, sliding
from localcloud.cloudwatch.metrics.store import MINUTE_S, MetricStore
from localcloud.cloudwatch.moto_patches.alarms import take_set_states
from localcloud.host import Host
from localcloud.moto import patches

if TYPE_CHECKING:
    from moto.cloudwatch.models import CloudWatchBackend

log = logging.getLogger(__name__)

EVALUATION_ERROR = "EVALUATION_ERROR"


@dataclass(frozen=True)
class Snapshot:
    """The part of an alarm that deployments need."""

    state: State
    window_s: float
    """Period x evaluation periods: after this time the alarm would have fired."""
    is_short: bool = False
    """True when the period is below a minute."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The result of one evaluation of one alarm."""

    name: str
    arn: str
    before: State
    verdict: Verdict
    reason_data: str
    """JSON."""
    threshold: float
    policies: list[str]
    """The Auto Scaling policies for the alarm's current state."""
    evaluation_state: str = ""
    """EVALUATION_ERROR, or empty."""
    has_other_evaluation: bool = False
    """True when `evaluation_state` has changed."""


class RegionalAlarms:
    """Alarms of this local cloud's account in one region; empty until somebody calls CloudWatch."""

    def __init__(self, host: Host, store: MetricStore, region: str) -> None:
        self._host = host
        self._region = region
        self._store = store
        self._publication = Publication(host.account_id, region)
        self.composites = RegionalComposites(self._alarms, self._publication, host.clock)

    def _alarms(self) -> Alarms:
        backend = backends(self._host.account_id).get(self._region)
        return alarms_of(backend) if backend else {}

    def read(self) -> tuple[dict[str, Snapshot], list[StateChange]]:
        """Return all alarms by name, and the changes through SetAlarmState since the last call."""
        known = {name: _snapshot(alarm) for name, alarm in self._alarms().items()}
        return known, take_set_states(self._region)

    def evaluate(self, end_s: int) -> list[Evaluation]:
        """Evaluate alarms with periods of whole minutes on the data before AWS second `end_s`; changes nothing."""
        return [self._evaluate(alarm, end_s) for alarm in self._of_metrics() if period_of(alarm) >= MINUTE_S]

    def evaluate_short(self, end_s: int) -> list[Evaluation]:
        """Like `evaluate`, for alarms with a period below a minute."""
        return [self._evaluate(alarm, end_s) for alarm in self._of_metrics() if period_of(alarm) < MINUTE_S]

    def _of_metrics(self) -> list[MetricAlarm]:
        return [alarm for alarm in self._alarms().values() if isinstance(alarm, MetricAlarm)]

    def _evaluate(self, alarm: MetricAlarm, end_s: int) -> Evaluation:
        before, data, evaluation = alarm.state.value, "{}", ""
        try:
            verdict, begins, counts = self._verdict(before, alarm_settings(alarm), end_s)
            period_s = alarm.period_s or period_of(alarm)
            data = reason_data(alarm, verdict, begins, period_s, self._host.clock.wall(), counts)
        except CannotEvaluate as error:
            verdict = Verdict(state=State.INSUFFICIENT_DATA, reason=f"Cannot be evaluated: {error}")
            evaluation = EVALUATION_ERROR
        return replace(
            _evaluation(alarm, before, verdict, data),
            evaluation_state=evaluation,
            has_other_evaluation=evaluation != (alarm.evaluation_state or ""),
        )

    def _verdict(
        self, before: State, settings: AlarmSettings, end_s: int
    ) -> tuple[Verdict, list[datetime], list[float]]:
        """Return the verdict, each period's start and, for a single metric, the number of samples in it."""
        windows = sliding(end_s, settings.period_s, settings.rule.points)
        begins = [datetime.fromtimestamp(self._store.wall_s(first), UTC) for first, _ in windows.spans]
        query = settings.queries[settings.result]
        measured = in_windows(self._store, query.metric, windows, query.unit) if query.metric else []
        counts = [each.count if each else 0.0 for each in measured]
        newest = measured[-1] if measured and settings.fewest_samples else None
        if newest is not None and newest.count < settings.fewest_samples:
            few = f"Too few samples: {newest.count:g} of {settings.fewest_samples:g}"
            return Verdict(state=before, reason=few), begins, counts
        points = QueryResults(self._store, settings.queries, windows).series(settings.result)
        verdict = evaluate(before, points, settings.rule)
        return replace(verdict, reason=reason(verdict, settings.rule, begins)), begins, counts

    def change(self, evaluations: list[Evaluation]) -> None:
        """Apply the new states and take the actions that a change triggers once."""
        alarms = self._alarms()
        for each in evaluations:
            alarm = alarms.get(each.name)
            if not isinstance(alarm, MetricAlarm) or alarm.state.value is not each.before:
                continue  # The alarm was deleted or set in the meantime.
            evaluated = replace(alarm, evaluation_state=each.evaluation_state or None)
            alarms[each.name] = evaluated
            if each.verdict.state is each.before:
                continue
            change = change_state(alarms, evaluated, each.verdict.state, each.verdict.reason, each.reason_data)
            log.info(
                "Alarm %s: %s -> %s", change.name, change.old, change.new, extra={"action": "alarm", "alarm": each.name}
            )
            self._publication.act(change, alarms)

    def act_on_set(self, changes: list[StateChange]) -> list[Evaluation]:
        """Take the one-time actions after SetAlarmState; -> the same as an evaluation, without datapoints."""
        alarms, evaluations = self._alarms(), []
        for change in changes:
            if alarm := alarms.get(change.name):
                if isinstance(alarm, MetricAlarm) or alarm.suppressor is None:
                    self._publication.act(change, alarms)
                verdict = Verdict(state=State(change.new), reason=change.reason)
                evaluations.append(_evaluation(alarm, State(change.old), verdict, change.reason_data))
        return evaluations


def backends(account_id: str) -> dict[str, CloudWatchBackend]:
    """Return moto's existing backends by region. Call in moto's thread."""
    if "moto.cloudwatch.models" not in sys.modules:
        return {}
    from moto.cloudwatch.models import cloudwatch_backends

    patches.patch("monitoring")
    return dict(cloudwatch_backends[account_id].items())


def _snapshot(alarm: AnyAlarm) -> Snapshot:
    if not isinstance(alarm, MetricAlarm):
        return Snapshot(alarm.state.value, MINUTE_S)
    period_s = period_of(alarm)
    return Snapshot(alarm.state.value, period_s * float(alarm.evaluation_periods or 1), is_short=period_s < MINUTE_S)


def _evaluation(alarm: AnyAlarm, before: State, verdict: Verdict, data: str) -> Evaluation:
    threshold = alarm.threshold if isinstance(alarm, MetricAlarm) else None
    return Evaluation(
        name=alarm.name,
        arn=alarm.arn,
        before=before,
        verdict=verdict,
        reason_data=data,
        threshold=threshold or 0.0,
        policies=[arn for arn in alarm.actions.of(verdict.state) if arn.startswith(SCALING)],
    )
