"""moto's alarms: reads, evaluates, updates and publishes them. Call everything here in moto's thread."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, State, Verdict, judge
from localcloud.cloudwatch.alarms.message import StateChange, action_taken, message, subject
from localcloud.cloudwatch.alarms.reason import reason, reason_data
from localcloud.cloudwatch.alarms.settings import AlarmSettings, actions_of, alarm_settings, period_of
from localcloud.cloudwatch.alarms.stored_composites import HeldComposites
from localcloud.cloudwatch.metrics.queries import Answers, in_windows, sliding
from localcloud.cloudwatch.metrics.store import MINUTE_S, MetricStore
from localcloud.cloudwatch.moto_patches import service as moto_service
from localcloud.host import Host
from localcloud.moto import patches

log = logging.getLogger(__name__)

EVALUATION_ERROR = "EVALUATION_ERROR"
SNS = "arn:aws:sns:"
SCALING = "arn:aws:autoscaling:"


@dataclass(frozen=True)
class Alarm:
    """The part of an alarm that deployments need."""

    state: str
    window_s: float
    """Period x evaluation periods: after this time the alarm would have fired."""
    is_short: bool = False
    """True when the period is below a minute."""


@dataclass(frozen=True, kw_only=True)
class Judged:
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


class HeldAlarms:
    """Alarms of this local cloud's account in one region; empty until somebody calls CloudWatch."""

    def __init__(self, host: Host, store: MetricStore, region: str) -> None:
        self._host = host
        self._region = region
        self._store = store
        self.composites = HeldComposites(self._held, self._act, host.clock)

    def _held(self) -> Mapping[str, Any]:
        backend = backends(self._host.account_id).get(self._region)
        alarms: dict[str, Any] = backend.alarms if backend else {}
        return alarms

    def read(self) -> tuple[dict[str, Alarm], list[StateChange]]:
        known = {
            name: Alarm(
                str(alarm.state_value),
                period_of(alarm) * float(alarm.evaluation_periods or 1),
                is_short=alarm.rule is None and period_of(alarm) < MINUTE_S,
            )
            for name, alarm in self._held().items()
        }
        return known, moto_service.take_set_states(self._region)

    def judge(self, end_s: int) -> list[Judged]:
        """Evaluate alarms with periods of whole minutes on the data before AWS second `end_s`; changes nothing."""
        return [self._judged(alarm, end_s) for alarm in self._of_metrics() if period_of(alarm) >= MINUTE_S]

    def judge_short(self, end_s: int) -> list[Judged]:
        """Like `judge`, for alarms with a period below a minute."""
        return [self._judged(alarm, end_s) for alarm in self._of_metrics() if period_of(alarm) < MINUTE_S]

    def _of_metrics(self) -> list[Any]:
        return [alarm for alarm in self._held().values() if alarm.rule is None]

    def _judged(self, alarm: Any, end_s: int) -> Judged:
        before, data, evaluation = State(alarm.state_value), "{}", ""
        try:
            verdict, begins, counts = self._verdict(before, alarm_settings(alarm), end_s)
            period_s = alarm.period or period_of(alarm)
            data = reason_data(alarm, verdict, begins, period_s, self._host.clock.wall(), counts)
        except CannotEvaluate as error:
            verdict = Verdict(state=State.INSUFFICIENT_DATA, reason=f"Cannot be evaluated: {error}")
            evaluation = EVALUATION_ERROR
        return replace(
            _judged(alarm, before, verdict, data),
            evaluation_state=evaluation,
            has_other_evaluation=evaluation != (getattr(alarm, "evaluation_state", None) or ""),
        )

    def _verdict(
        self, before: State, settings: AlarmSettings, end_s: int
    ) -> tuple[Verdict, list[datetime], list[float]]:
        """Also return the start of each period and, for a single metric, the number of samples in it."""
        windows = sliding(end_s, settings.period_s, settings.rule.points)
        begins = [datetime.fromtimestamp(self._store.wall_s(first), UTC) for first, _ in windows.spans]
        query = settings.queries[settings.result]
        measured = in_windows(self._store, query.metric, windows, query.unit) if query.metric else []
        counts = [each.count if each else 0.0 for each in measured]
        newest = measured[-1] if measured and settings.fewest_samples else None
        if newest is not None and newest.count < settings.fewest_samples:
            few = f"Too few samples: {newest.count:g} of {settings.fewest_samples:g}"
            return Verdict(state=before, reason=few), begins, counts
        points = Answers(self._store, settings.queries, windows).series(settings.result)
        verdict = judge(before, points, settings.rule)
        return replace(verdict, reason=reason(verdict, settings.rule, begins)), begins, counts

    def change(self, judged: list[Judged]) -> None:
        """Apply the new states and take the actions that a change triggers once."""
        alarms = self._held()
        for each in judged:
            alarm = alarms.get(each.name)
            if alarm is None or alarm.state_value != each.before:  # The alarm was deleted or set in the meantime.
                continue
            alarm.evaluation_state = each.evaluation_state or None
            if each.verdict.state is each.before:
                continue
            change = moto_service.change_state(alarm, each.verdict.state.value, each.verdict.reason, each.reason_data)
            log.info(
                "Alarm %s: %s -> %s", change.name, change.old, change.new, extra={"action": "alarm", "alarm": each.name}
            )
            self._act(change, alarm)

    def act_on_set(self, changes: list[StateChange]) -> list[Judged]:
        """Take the one-time actions after SetAlarmState; -> the same as an evaluation, without datapoints."""
        alarms, judged = self._held(), []
        for change in changes:
            if alarm := alarms.get(change.name):
                if not getattr(alarm, "suppressor", None):
                    self._act(change, alarm)
                verdict = Verdict(state=State(change.new), reason=change.reason)
                judged.append(_judged(alarm, State(change.old), verdict, change.reason_data))
        return judged

    def _act(self, change: StateChange, alarm: Any) -> None:
        """Take the actions that run once per change of state. Auto Scaling is notified separately."""
        for arn in actions_of(alarm, State(change.new)) if change.has_actions else ():
            if arn.startswith(SNS):
                error = self._publish(arn, change, alarm)
                moto_service.remember(alarm, action_taken(change, arn, error))
            elif not arn.startswith(SCALING):
                log.warning(
                    "Action has no effect here", extra={"action": "alarm_action", "alarm": change.name, "arn": arn}
                )

    def _named_by(self, alarm: Any) -> list[Any]:
        """Return the alarms in a composite alarm's rule."""
        held = self._held()
        return [held[name] for name in parse(alarm.rule).alarms if name in held] if alarm.rule else []

    def _publish(self, topic: str, change: StateChange, alarm: Any) -> str:
        """Publish to SNS; -> the error message, empty on success."""
        from moto.core.exceptions import JsonRESTError, ServiceException
        from moto.sns.models import sns_backends

        place = self._host.account_id, self._region
        try:
            sns_backends[place[0]][place[1]].publish(
                message(change, alarm, *place, self._named_by(alarm)), topic, subject=subject(change, self._region)
            )
        except (ServiceException, JsonRESTError, OSError) as error:  # OSError: a subscriber that does not answer
            log.warning("Alarm not published", extra={"action": "alarm_action", "topic": topic, "error": str(error)})
            return str(error)
        return ""


def backends(account_id: str) -> dict[str, Any]:
    """Return moto's existing backends by region. Call in moto's thread."""
    if "moto.cloudwatch.models" not in sys.modules:
        return {}
    from moto.cloudwatch.models import cloudwatch_backends

    patches.patch("monitoring")
    regions: dict[str, Any] = cloudwatch_backends[account_id]
    return dict(regions.items())


def _judged(alarm: Any, before: State, verdict: Verdict, data: str) -> Judged:
    return Judged(
        name=alarm.name,
        arn=alarm.alarm_arn,
        before=before,
        verdict=verdict,
        reason_data=data,
        threshold=float(alarm.threshold or 0.0),
        policies=[arn for arn in actions_of(alarm, verdict.state) if arn.startswith(SCALING)],
    )
