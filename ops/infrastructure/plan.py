"""`spendsense plan`: what an apply of an environment's Terraform would change and cost, and how long it takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import find_service
from ops.aws.service_deployment import Status, describe_service_deployments, service_deployments
from ops.console import Console
from ops.cost import prices
from ops.cost.pricing import estimate
from ops.environment import EnvironmentName
from ops.infrastructure import expected, prepared_code
from ops.infrastructure.expected import Expected
from ops.terraform import apply_times, changes
from ops.terraform.apply_times import ApplyTimes
from ops.terraform.changes import Action, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Times of a local cloud's last applies and of its last successful deployment; each may be unknown."""

    apply: ApplyTimes | None
    deploy_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """before_usd, after_usd: a month, on AWS. apply, deploy: None when there is nothing to do."""

    environment: EnvironmentName
    changes: Sequence[Change]
    before_usd: float
    after_usd: float
    apply: Expected | None = None
    deploy: Expected | None = None

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
            "expected": {
                "apply": self.apply.as_json() if self.apply else None,
                "deploy": self.deploy.as_json() if self.deploy else None,
            },
        }

    def show(self, console: Console) -> None:
        for each in self.changes:
            console.result(each.text(), style="red" if each.action in {Action.DELETE, Action.REPLACE} else None)
        if not self.changes:
            console.result(f"{self.environment}: no changes; what exists matches the code")
        else:
            counted = Counter(each.action for each in self.changes)
            parts = [f"{counted[action]} to {action}" for action in Action if action in counted]
            console.result(f"{self.environment}: {', '.join(parts)}")
        on_aws = " on AWS" if self.environment.is_local else ""
        difference = self.after_usd - self.before_usd
        console.result(f"{difference:+,.2f} USD a month{on_aws}: {self.before_usd:,.2f} -> {self.after_usd:,.2f}")
        if self.apply:
            console.result(f"Apply: {self.apply.text()}")
        if self.deploy:
            console.result(f"Deploy afterwards, so that tasks get the change: {self.deploy.text()}")


def run(options: prepared_code.Options, console: Console) -> Planned:
    """Plan and price. Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan, CouldNotApply."""
    code = prepared_code.prepare(options, console)
    plan = prepared_code.plan(code, console)
    measured: Measured | None = None
    if options.environment.is_local:
        last = last_deploy_s(code.aws) if expected.needs_deploy(plan) else None
        measured = Measured(apply=apply_times.read(code.workspace.directory), deploy_s=last)
    return of_plan(options.environment, plan, measured)


def of_plan(environment: EnvironmentName, plan: Mapping[str, Any], measured: Measured | None = None) -> Planned:
    """Read a plan. What exists is priced as it was when the plan was made. measured: in a local cloud."""
    table = prices.read_table()
    usage = prices.usage_of(table, environment.settings, {})
    before = plan.get("prior_state", {}).get("values") or {"root_module": {}}
    existing = {"planned_values": before, "variables": plan.get("variables", {})}
    return Planned(
        environment=environment,
        changes=changes.planned(plan),
        before_usd=estimate(existing, table, usage).total_usd,
        after_usd=estimate(plan, table, usage).total_usd,
        apply=expected.measured(plan, measured.apply) if measured else expected.of_apply(plan),
        deploy=expected.deploy_like_the_last(plan, measured.deploy_s) if measured else expected.of_deploy(plan),
    )


def last_deploy_s(aws: Aws) -> float | None:
    """Return how long the last deployment that succeeded took; None when none did."""
    if find_service(aws) is None:
        return None
    found = describe_service_deployments(aws, service_deployments(aws))
    ended = (each for each in found if each.status is Status.SUCCESSFUL and each.created_at and each.ended_at)
    last = next(ended, None)
    return (last.ended_at - last.created_at).total_seconds() if last and last.ended_at and last.created_at else None
