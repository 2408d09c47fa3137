"""An alarm's StateReason and StateReasonData, in CloudWatch's words and shapes. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime

from localcloud.cloudwatch.alarms.evaluation import COMPARISONS, Missing, Rule, State, Verdict
from localcloud.cloudwatch.alarms.message import Shown, stamp
from localcloud.cloudwatch.alarms.model import MetricAlarm

TREATED = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}
MOST_INLINE = 4
"""Beyond this number, the datapoints get their own sentence, which shows the newest five."""
MOST_SHOWN = 5


def reason(verdict: Verdict, rule: Rule, begins: Sequence[datetime]) -> str:
    """`begins`: start of each period that was looked at, oldest first, matching the evaluated points."""
    is_alarm, periods = verdict.state is State.ALARM, rule.evaluation_periods
    breaches, comparison = COMPARISONS[rule.comparison]
    words = f"{comparison} the threshold ({rule.threshold})"
    counted = [(age, value) for age, value in verdict.points if breaches(value, rule.threshold) == is_alarm]
    lacking = periods - len(verdict.points) if rule.missing in TREATED else 0
    treated = f"{_some(lacking, 'missing datapoint')} {_was(lacking)} treated as [{TREATED.get(rule.missing)}]"
    if not verdict.points:
        if not lacking:
            return f"Insufficient Data: {_some(periods, 'datapoint')} {_was(periods)} unknown."
        return f"Threshold Crossed: no datapoints were received for {_some(periods, 'period')} and {treated}."
    if not counted:
        return f"Threshold Crossed: {treated}{_minimum(rule, is_alarm=is_alarm)}."
    shown = ", ".join(f"{value} ({begins[-age]:%d/%m/%y %H:%M:%S})" for age, value in counted[:MOST_SHOWN])
    head = (
        f"{len(counted)} out of the last {periods} datapoints" if rule.is_m_of_n else _some(len(counted), "datapoint")
    )
    verb = f"{_was(len(counted))} {'' if is_alarm else 'not '}{words}"
    if len(counted) > MOST_INLINE:
        which = " which crossed the threshold" if is_alarm else ""
        sentence = f"{head} {verb}. The most recent datapoints{which}: [{shown}]"
    else:
        sentence = f"{head} [{shown}] {verb}"
    more = f" and {treated}" if lacking else ""
    return f"Threshold Crossed: {sentence}{more}{_minimum(rule, is_alarm=is_alarm)}."


def reason_data(
    alarm: MetricAlarm,
    verdict: Verdict,
    begins: Sequence[datetime],
    period_s: int,
    at: datetime,
    counts: Sequence[float] = (),
) -> str:
    """Return JSON. `at`: the time of the evaluation; `counts`: samples of each period, like `begins`.

    When all datapoints are missing and treated as breaching or not breaching, the periods appear without values.
    """
    started = {"startDate": stamp(begins[-verdict.points[-1][0]])} if verdict.points else {}
    of_metric = {"unit": alarm.unit, "statistic": alarm.extended_statistic or alarm.statistic}
    points: list[Shown] = [
        {
            "timestamp": stamp(begins[-age]),
            **({"sampleCount": counts[-age]} if counts else {}),
            "value": value,
        }
        for age, value in verdict.points
    ]
    if not points and alarm.treat_missing_data in TREATED:
        points = [{"timestamp": stamp(each)} for each in reversed(begins[-(alarm.evaluation_periods or 0) :])]
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": stamp(at),
            **started,
            **{name: value for name, value in of_metric.items() if value},
            "period": period_s,
            "recentDatapoints": verdict.evaluated,
            "threshold": alarm.threshold,
            "evaluatedDatapoints": points,
        }
    )


def _minimum(rule: Rule, *, is_alarm: bool) -> str:
    """State the required number of points; for non-breaching ones, enough that the rest cannot trigger the alarm."""
    if not rule.is_m_of_n:
        return ""
    needed = rule.datapoints_to_alarm if is_alarm else rule.evaluation_periods - rule.datapoints_to_alarm + 1
    transition = "OK -> ALARM" if is_alarm else "ALARM -> OK"
    return f" (minimum {_some(needed, 'datapoint')} for {transition} transition)"


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
