"""The alarms that watch a service's deployments: their names, their states, the time they need."""

from collections.abc import Mapping, Sequence

from ops.aws.clients import Aws, Wire

RED = "ALARM"


def watching(configuration: Wire) -> tuple[str, ...]:
    """Return the alarm names in a service's `deploymentConfiguration`; none when alarms are disabled."""
    alarms = configuration.get("alarms", {})
    return tuple(alarms.get("alarmNames", ())) if alarms.get("enable") else ()


def with_watch(configuration: Wire, *, enabled: bool) -> Wire | None:
    """Return a `deploymentConfiguration` whose alarms are enabled or not; None when that changes nothing."""
    alarms = configuration.get("alarms", {})
    if not alarms.get("alarmNames") or bool(alarms.get("enable")) is enabled:
        return None
    return configuration | {"alarms": alarms | {"enable": enabled}}


def states_of(aws: Aws, names: Sequence[str]) -> dict[str, str | None]:
    """Return each alarm's state, None for an alarm that does not exist. CloudWatch DescribeAlarms."""
    if not names:
        return {}
    states = {each["AlarmName"]: str(each["StateValue"]) for each in _described(aws, names)}
    return {name: states.get(name) for name in names}


def reasons_of(aws: Aws, names: Sequence[str]) -> tuple[str, ...]:
    """Return the reason for each of these alarms that is in ALARM: `name: Threshold Crossed: ...`.

    CloudWatch DescribeAlarms.
    """
    red = (each for each in _described(aws, names) if each["StateValue"] == RED)
    return tuple(f"{each['AlarmName']}: {each.get('StateReason', '')}" for each in red)


def _described(aws: Aws, names: Sequence[str]) -> list[Wire]:
    response = aws.cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [*response.get("MetricAlarms", []), *response.get("CompositeAlarms", [])]


def time_to_alarm_s(aws: Aws, names: Sequence[str]) -> float | None:
    """Return the AWS seconds that the slowest of these alarms needs to go off; None where CloudWatch does not say.

    Composite alarms do not count: their own rule has no period. CloudWatch DescribeAlarms.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        response = aws.cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm"])
    except (BotoCoreError, ClientError):
        return None
    spans = [period_s(each) * each.get("EvaluationPeriods", 1) for each in response.get("MetricAlarms", [])]
    return max(spans, default=0.0) or None


def period_s(alarm: Wire) -> float:
    """Return a metric alarm's period in seconds, the longest one when it has several metrics."""
    metrics = alarm.get("Metrics", [])
    periods = [each.get("MetricStat", each).get("Period", 0) for each in metrics]
    return float(max([alarm.get("Period", 0), *periods]))


def red_of(states: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, state in states.items() if state == RED)


def missing_of(states: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, state in states.items() if state is None)
