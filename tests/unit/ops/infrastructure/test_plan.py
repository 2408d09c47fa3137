"""A plan's price, and what a person and a script read of it."""

import pytest

from ops.console import Console
from ops.environment import EnvironmentName
from ops.infrastructure.plan import of_plan

GATEWAY = {"address": "aws_nat_gateway.this", "mode": "managed", "type": "aws_nat_gateway", "values": {}}
CREATED = {
    "address": "aws_nat_gateway.this",
    "mode": "managed",
    "type": "aws_nat_gateway",
    "change": {"actions": ["create"], "before": None, "after": {}},
}


def test_what_exists_is_priced_beside_what_would_exist(capsys: pytest.CaptureFixture[str]) -> None:
    plan = {"planned_values": {"root_module": {"resources": [GATEWAY]}}, "resource_changes": [CREATED]}
    found = of_plan(EnvironmentName.LIKE_PROD, plan)
    assert found.before_usd == 0
    assert found.after_usd > 30
    money = found.as_json()["monthly_usd"]
    assert isinstance(money, dict)
    assert money["difference"] == money["after"]
    found.show(Console())
    printed = capsys.readouterr().out
    assert "create  aws_nat_gateway.this" in printed
    assert "like-prod: 1 to create" in printed
    assert f"+{found.after_usd:.2f} USD a month on AWS" in printed


def test_without_changes_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    root = {"root_module": {"resources": [GATEWAY]}}
    found = of_plan(EnvironmentName.PROD, {"planned_values": root, "prior_state": {"values": root}})
    found.show(Console())
    assert "prod: no changes; what exists matches the code\n+0.00 USD a month: " in capsys.readouterr().out
