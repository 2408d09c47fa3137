"""The local environment's alarms, made in moto, beside the Terraform's."""

import re
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import PROJECT_ROOT
from ops.local.provision import alarms, everything
from ops.waiter import Deadline
from tests.ports import free_port

TERRAFORM = PROJECT_ROOT / "infrastructure" / "terraform" / "modules" / "monitoring"


@pytest.fixture
def created(aws: Aws) -> dict[str, Any]:
    everything.provision(aws, free_port(), Deadline(30), Console())
    alarms.ensure_alarms(aws)
    found = aws.cloudwatch.describe_alarms()["MetricAlarms"]
    return {each["AlarmName"].removeprefix("spendsense-local-"): each for each in found}


def block_of(text: str, name: str) -> str:
    """Return the Terraform of one alarm, with the defaults of its thresholds."""
    block = text[text.index(f"    {name} = ") :].partition("\n\n")[0]
    options = (TERRAFORM.parents[1] / "variables_operations.tf").read_text()
    defaults = dict(re.findall(r"^ +(\w+) += optional\(number, (\d+)\)", options, re.MULTILINE))
    return re.sub(r"var\.thresholds\.(\w+)", lambda found: defaults[found[1]], block)


def test_each_alarm_has_the_name_threshold_and_periods_of_the_terraform(created: dict[str, Any]) -> None:
    text = (TERRAFORM / "load_balancer.tf").read_text()
    assert set(created) == {"error-rate-surge", "unhealthy-targets"}
    for name, alarm in created.items():
        block = block_of(text, name)
        numbers = dict(re.findall(r"^ +(threshold|period_s|periods) += (\d+)", block, re.MULTILINE))
        periods = {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
        assert (alarm["Threshold"], alarm["EvaluationPeriods"], periods) == (
            int(numbers["threshold"]),
            int(numbers["periods"]),
            {int(numbers["period_s"])},
        )
        assert f'"{alarm["ComparisonOperator"]}"' in block
        assert f'"{alarm["TreatMissingData"]}"' in block


def test_the_error_rate_is_computed_as_in_the_terraform(created: dict[str, Any]) -> None:
    text = (TERRAFORM / "load_balancer.tf").read_text()
    for each in created["error-rate-surge"]["Metrics"]:
        if "Expression" in each:
            assert f'"{each["Expression"]}"' in text


def test_alarms_that_roll_a_deployment_back_locally_do_so_on_aws(created: dict[str, Any]) -> None:
    named = re.search(
        r"rollback_alarm_names.*?\[for alarm in \[(.*?)\]", (TERRAFORM / "outputs.tf").read_text(), re.DOTALL
    )
    assert named is not None
    assert f'"{alarms.ERROR_RATE}"' in named[1]
