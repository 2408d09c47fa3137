"""`spendsense cost`: the report, and the plans and options that it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.console import Console
from ops.cost import estimate as cost
from ops.cost import prices
from ops.environment import EnvironmentName
from ops.errors import Misuse
from tests.unit.ops.cost.plans import plan_of

TABLE = prices.read_table()


def run(tmp_path: Path, plan: object, **options: Any) -> cost.Cost:
    file = tmp_path / "plan.json"
    file.write_text(plan if isinstance(plan, str) else json.dumps(plan))
    return cost.run(cost.Options(environment=EnvironmentName.DEV, plan=file, **options), Console())


def test_the_report_shows_total_largest_costs_assumptions_and_omissions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(("aws_secretsmanager_secret", {}), ("aws_nat_gateway", {}), ("aws_mystery", {}))
    outcome = run(tmp_path, plan, usage=("nat_gb=0",))
    assert Console().report(outcome, as_json=False) == 0
    printed = capsys.readouterr().out
    assert "dev: 35.44 USD a month, give or take 15 %" in printed
    assert printed.index("aws_nat_gateway.r1") < printed.index("aws_secretsmanager_secret.r0")
    assert "nat_gb=0" in printed
    assert "2 of 2 are unconfirmed" in printed
    assert "not priced: aws_mystery.r2: there is no rule for aws_mystery" in printed


def test_the_json_has_the_total_and_names_omissions(tmp_path: Path) -> None:
    outcome = run(tmp_path, plan_of(("aws_secretsmanager_secret", {}), ("aws_mystery", {}))).as_json()
    assert outcome["monthly_usd"] == 0.4
    assert outcome["unpriced"] == {"aws_mystery.r1": "there is no rule for aws_mystery"}
    assert outcome["prices"] == {"region": "us-west-1", "date": TABLE.date.isoformat()}


@pytest.mark.parametrize("plan", ["no json", {"resources": []}, []])
def test_a_file_that_is_not_a_plan_is_refused_with_the_way_to_make_one(tmp_path: Path, plan: object) -> None:
    with pytest.raises(Misuse, match=r"--plan .*plan\.json") as refused:
        run(tmp_path, plan)
    assert "terraform show -json" in str(refused.value.next_step)


def test_variables_and_an_existing_plan_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="--var"):
        run(tmp_path, plan_of(("aws_vpc", {})), variables=("owner_id=jane",))


def test_the_local_environment_costs_nothing_to_estimate() -> None:
    with pytest.raises(Misuse, match="this machine"):
        cost.run(cost.Options(environment=EnvironmentName.LOCAL), Console())


def test_a_missing_plan_file_is_named_with_the_expected_format(tmp_path: Path) -> None:
    missing = tmp_path / "nope"
    with pytest.raises(
        Misuse, match=r"should be a readable file with a Terraform plan in JSON, found /.*nope: No"
    ) as refused:
        cost.run(cost.Options(environment=EnvironmentName.DEV, plan=missing), Console())
    assert "terraform show -json" in str(refused.value.next_step)


def test_the_local_environment_is_refused_before_anything_is_planned(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misuse, match="costs nothing"):
        cost.run(cost.Options(environment=EnvironmentName.LOCAL), Console())
    assert "Planning" not in capsys.readouterr().err
