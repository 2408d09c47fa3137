"""CloudWatch: composite alarms; DescribeAlarms and DeleteAlarms as on AWS."""

from collections.abc import Mapping
from typing import Any

from localcloud.cloudwatch.alarms.composite import WrongRule, parse
from localcloud.cloudwatch.moto_patches.views import PERIODS, SUPPRESSOR, composite_alarm, metric_alarm
from localcloud.moto.patching import error, result

KINDS = ("MetricAlarm", "CompositeAlarm")
PAGE = 50


def patch() -> None:
    """moto's alarms have an attribute for a composite rule, but it can neither create nor list composite alarms."""
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (put_composite_alarm, describe_alarms, describe_alarms_for_metric, delete_alarms):
        setattr(CloudWatchResponse, operation.__name__, operation)


def put_composite_alarm(self: Any) -> Any:
    asked, backend = self._get_params(), self.cloudwatch_backend
    name = asked["AlarmName"]
    if name in backend.alarms and backend.alarms[name].rule is None:
        raise error("ValidationError", f"Alarm '{name}' is a metric alarm and cannot become a composite alarm")
    _refuse_rule(name, asked["AlarmRule"], backend.alarms)
    _refuse_suppressor(asked, backend.alarms)
    before = backend.alarms.get(name)
    alarm = backend.put_metric_alarm(
        name,
        **dict.fromkeys(("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period")),
        **dict.fromkeys(("threshold", "statistic")),
        description=asked.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=asked.get("AlarmActions") or [],
        ok_actions=asked.get("OKActions") or [],
        insufficient_data_actions=asked.get("InsufficientDataActions") or [],
        actions_enabled=asked.get("ActionsEnabled"),
        rule=asked["AlarmRule"],
        tags=asked.get("Tags"),
    )
    alarm.suppressor = asked.get(SUPPRESSOR)
    alarm.suppressor_wait_s, alarm.suppressor_extension_s = (int(asked.get(period) or 0) for period in PERIODS)
    # Actions that were taken before are not taken again.
    told = {"told": alarm.state_value, "by": None, "until": 0.0}
    alarm.suppression = before.suppression if before is not None and before.suppressor and alarm.suppressor else told
    return result({})


def _refuse_rule(name: str, text: str, alarms: Mapping[str, Any]) -> None:
    try:
        rule = parse(text)
    except WrongRule as wrong:
        raise error("ValidationError", f"AlarmRule: {wrong}") from wrong
    if unknown := [each for each in rule.alarms if each not in alarms and each != name]:
        raise error("ValidationError", f"AlarmRule must not contain alarms that do not exist: {', '.join(unknown)}")
    if name in rule.alarms:
        raise error("ValidationError", f"AlarmRule must not contain the alarm itself: {name}")


def _refuse_suppressor(asked: Mapping[str, Any], alarms: Mapping[str, Any]) -> None:
    suppressor, given = asked.get(SUPPRESSOR), [period for period in PERIODS if asked.get(period) is not None]
    if not suppressor and not given:
        return
    if not suppressor or len(given) < len(PERIODS):
        raise error("ValidationError", f"{SUPPRESSOR}, {' and '.join(PERIODS)} must be specified together")
    if name_of(suppressor) not in alarms:
        raise error("ValidationError", f"{SUPPRESSOR}: there is no alarm '{suppressor}'")


def name_of(alarm: str) -> str:
    """Return the name from a name or ARN."""
    return alarm.split(":alarm:", 1)[-1]


def describe_alarms(self: Any) -> Any:
    asked, alarms = self._get_params(), self.cloudwatch_backend.alarms
    if asked.get("AlarmNames") and asked.get("AlarmNamePrefix"):
        raise error("ValidationError", "AlarmNames and AlarmNamePrefix must not be specified together")
    found = [alarms[name] for name in sorted(_related(asked, alarms)) if _is_asked_for(alarms[name], asked)]
    names = [alarm.name for alarm in found]
    token = asked.get("NextToken")
    if token and token not in names:
        raise error("InvalidNextToken", "The next token is not valid")
    start = names.index(token) if token else 0
    end = start + int(asked.get("MaxRecords") or PAGE)
    page = found[start:end]
    told = {
        "MetricAlarms": [metric_alarm(alarm) for alarm in page if alarm.rule is None],
        "CompositeAlarms": [composite_alarm(alarm) for alarm in page if alarm.rule is not None],
    }
    return result(told | ({"NextToken": names[end]} if len(found) > end else {}))


def _related(asked: Mapping[str, Any], alarms: Mapping[str, Any]) -> set[str]:
    """Return the names of all alarms, or of one alarm's children or parents."""
    if parent := asked.get("ChildrenOfAlarmName"):
        rule = alarms[parent].rule if parent in alarms else None
        return set(parse(rule).alarms) & set(alarms) if rule else set()
    if child := asked.get("ParentsOfAlarmName"):
        return {name for name, alarm in alarms.items() if alarm.rule and child in parse(alarm.rule).alarms}
    return set(alarms)


def _is_asked_for(alarm: Any, asked: Mapping[str, Any]) -> bool:
    related = asked.get("ChildrenOfAlarmName") or asked.get("ParentsOfAlarmName")
    kinds = asked.get("AlarmTypes") or (KINDS if related else KINDS[:1])
    names, state = asked.get("AlarmNames"), asked.get("StateValue")
    actions = [*(alarm.alarm_actions or []), *(alarm.ok_actions or []), *(alarm.insufficient_data_actions or [])]
    return (
        KINDS[alarm.rule is not None] in kinds
        and (not names or alarm.name in names)
        and str(alarm.name).startswith(asked.get("AlarmNamePrefix") or "")
        and state in (None, alarm.state_value)
        and (not asked.get("ActionPrefix") or any(each.startswith(asked["ActionPrefix"]) for each in actions))
    )


def describe_alarms_for_metric(self: Any) -> Any:
    """Answer with alarms on exactly this metric, filtered by statistic, period and unit if given. Omits metric math."""
    asked, alarms = self._get_params(), self.cloudwatch_backend.alarms
    wanted = (asked["Namespace"], asked["MetricName"], _pairs(asked.get("Dimensions") or []))
    found = [
        alarm
        for _, alarm in sorted(alarms.items())
        if (alarm.namespace, alarm.metric_name, {(each.name, each.value) for each in alarm.dimensions}) == wanted
        and asked.get("Statistic") in (None, alarm.statistic)
        and asked.get("ExtendedStatistic") in (None, alarm.extended_statistic)
        and asked.get("Period") in (None, alarm.period)
        and asked.get("Unit") in (None, alarm.unit)
    ]
    return result({"MetricAlarms": [metric_alarm(alarm) for alarm in found]})


def _pairs(dimensions: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(each["Name"], each["Value"]) for each in dimensions}


def delete_alarms(self: Any) -> Any:
    """Delete all alarms or none. One unknown name: none, without an error, as CloudWatch's reference says.

    Refused: more than one composite alarm at a time, and an alarm that another alarm's rule depends on.
    """
    alarms, names = self.cloudwatch_backend.alarms, self._get_param("AlarmNames", [])
    known = [name for name in names if name in alarms]
    if sum(alarms[name].rule is not None for name in known) > 1:
        raise error("ValidationError", "Only one composite alarm can be deleted in one request")
    held = {
        name
        for parent in alarms.values()
        if parent.rule and parent.name not in names
        for name in (*parse(parent.rule).alarms, name_of(parent.suppressor or ""))
    }.intersection(known)
    if held:
        them = "it" if len(held) == 1 else "them"
        depend = f"as there are composite alarm(s) depending on {them}."
        raise error("ValidationError", f"Cannot delete {','.join(sorted(held))} {depend}")
    if len(known) == len(names):
        self.cloudwatch_backend.delete_alarms(names)
    return result({})
