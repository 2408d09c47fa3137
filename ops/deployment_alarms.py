"""The alarms that watch a service's deployments: which there are, and which are red."""

from collections.abc import Mapping, Sequence

from ops.aws import Aws, Wire

RED = "ALARM"


def watching(configuration: Wire) -> tuple[str, ...]:
    """Name the alarms of a service's `deploymentConfiguration`; none when they are switched off."""
    alarms = configuration.get("alarms", {})
    return tuple(alarms.get("alarmNames", ())) if alarms.get("enable") else ()


def states_of(aws: Aws, names: Sequence[str]) -> dict[str, str | None]:
    """Give each alarm's state, None for one that there is not. CloudWatch DescribeAlarms."""
    if not names:
        return {}
    answer = aws.cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    states = {each["AlarmName"]: str(each["StateValue"]) for each in found}
    return {name: states.get(name) for name in names}


def red_of(states: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, state in states.items() if state == RED)


def missing_of(states: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, state in states.items() if state is None)
