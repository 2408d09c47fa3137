"""`spendsense plan`: what applying an environment's Terraform would change, and what that costs a month."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.console import Console
from ops.cost import prices
from ops.cost.pricing import estimate
from ops.environment import EnvironmentName
from ops.infrastructure import place
from ops.terraform import changes
from ops.terraform.changes import Action, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """before_usd, after_usd: a month, on AWS."""

    environment: EnvironmentName
    changes: Sequence[Change]
    before_usd: float
    after_usd: float

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment.value,
            "changes": [each.as_json() for each in self.changes],
            "monthly_usd": {
                "before": round(self.before_usd, 2),
                "after": round(self.after_usd, 2),
                "difference": round(self.after_usd - self.before_usd, 2),
            },
        }

    def show(self, console: Console) -> None:
        for each in self.changes:
            console.result(each.text(), style="red" if each.action in {Action.DELETE, Action.REPLACE} else None)
        if not self.changes:
            console.result(f"{self.environment}: everything is as the code says")
        else:
            counted = Counter(each.action for each in self.changes)
            parts = [f"{counted[action]} to {action}" for action in Action if action in counted]
            console.result(f"{self.environment}: {', '.join(parts)}")
        on_aws = " on AWS" if self.environment.is_local else ""
        difference = self.after_usd - self.before_usd
        console.result(f"{difference:+,.2f} USD a month{on_aws}: {self.before_usd:,.2f} -> {self.after_usd:,.2f}")


def run(options: place.Options, console: Console) -> Planned:
    """Plan and price. Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan, CouldNotApply."""
    found = place.plan(place.find(options, console), console)
    return of_plan(options.environment, found)


def of_plan(environment: EnvironmentName, plan: Mapping[str, Any]) -> Planned:
    """Read a plan. What exists is priced as it was when the plan was made."""
    table = prices.read_table()
    usage = prices.usage_of(table, environment.settings, {})
    before = plan.get("prior_state", {}).get("values") or {"root_module": {}}
    existing = {"planned_values": before, "variables": plan.get("variables", {})}
    return Planned(
        environment=environment,
        changes=changes.planned(plan),
        before_usd=estimate(existing, table, usage).total_usd,
        after_usd=estimate(plan, table, usage).total_usd,
    )
