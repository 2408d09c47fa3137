"""An alarm that is red before a deployment is a warning: what is deployed may be the fix."""

from typing import Any

from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.verifying.alarm_states import check
from ops.verifying.check import State
from ops.verifying.subject import Subject


def test_each_alarm_is_reported_with_what_it_means_for_a_deployment(subject: Subject, scripted: Aws) -> None:
    named = ["green", "red", "gone"]
    subject.service.deployment_configuration["alarms"] = {"alarmNames": named, "enable": True}
    alarms: list[dict[str, Any]] = [
        {"AlarmName": "green", "StateValue": "OK"},
        {"AlarmName": "red", "StateValue": "ALARM"},
    ]
    with Stubber(scripted.cloudwatch) as stubbed:
        stubbed.add_response("describe_alarms", {"MetricAlarms": alarms, "CompositeAlarms": []})
        found = {each.subject: each for each in check(subject)}
    assert {name: each.state for name, each in found.items()} == {
        "green": State.OK,
        "red": State.WARN,
        "gone": State.WARN,
    }
    assert "is in ALARM" in found["red"].found


def test_without_alarms_nothing_could_roll_back(subject: Subject) -> None:
    assert [each.state for each in check(subject)] == [State.WARN]
