"""The cost of the environments by their plans: everything has a price, and the README names dev's."""

import re

import pytest

from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.cost import estimate as cost
from ops.cost import prices, pricing
from ops.environment import EnvironmentName
from tests.terraform.plan import Plan

README = PROJECT_ROOT / "infrastructure" / "README.md"


def estimate(plan: Plan) -> pricing.Estimate:
    table = prices.read_table()
    return pricing.estimate(plan.json, table, prices.usage_of(table, plan.environment, {}))


def test_every_planned_resource_has_a_price_or_is_known_to_be_free(plan: Plan) -> None:
    assert estimate(plan).unpriced == {}


def test_the_readme_names_what_dev_costs_and_what_dominates_it(dev: Plan) -> None:
    found = estimate(dev)
    section = " ".join(README.read_text().partition("## Cost")[2].partition("\n## ")[0].split())
    assert f"about {found.total_usd:.0f} USD a month" in section
    dearest = [re.search(r"aws_\w+", address) for address, _ in found.by_resource()[:5]]
    assert [match[0] for match in dearest if match] == re.findall(r"`(aws_\w+)`", section)[:5]


def test_dev_costs_a_fraction_of_production(dev: Plan, everything: Plan) -> None:
    assert estimate(dev).total_usd < estimate(everything).total_usd / 4


@pytest.mark.full
def test_the_command_makes_its_own_plan_and_comes_to_the_same(dev: Plan) -> None:
    created = cost.run(cost.Options(environment=EnvironmentName.DEV), Console()).estimate
    assert created.unpriced == {}
    # A plan from nothing does not know yet how many metrics an alarm over several looks at: it counts one.
    assert created.total_usd == pytest.approx(estimate(dev).total_usd, rel=0.01)
