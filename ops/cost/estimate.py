"""`spendsense cost`: the monthly cost of an environment, from its Terraform plan and the bundled prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.console import Console
from ops.cost import prices, terraform
from ops.cost.prices import Table
from ops.cost.pricing import Estimate, estimate
from ops.environment import EnvironmentName
from ops.errors import Misuse

DOMINATING = 5  # number of resources that the summary names
NOT_PRICED = (
    "free tiers and discounts, tax, support",
    "traffic between zones and regions, S3 reads, requests to KMS and Secrets Manager",
    "copies of backups in another region beyond the vault's own storage",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    environment: EnvironmentName
    plan: Path | None = None  # `terraform show -json`; by default a plan is made from the tree
    variables: tuple[str, ...] = ()  # NAME=VALUE, for a plan made from the tree
    usage: tuple[str, ...] = ()  # NAME=NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate with the prices and usage that it is based on."""

    environment: str
    estimate: Estimate
    table: Table
    usage: Mapping[str, float]

    exit_code = 0

    @property
    def unconfirmed(self) -> int:
        return sum(not line.confirmed for line in self.estimate.lines)

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment,
            "currency": "USD",
            "monthly_usd": round(self.estimate.total_usd, 2),
            "uncertainty_percent": self.table.uncertainty_percent,
            "prices": {"region": self.table.region, "date": self.table.date.isoformat()},
            "lines": [
                {
                    "resource": line.address,
                    "what": line.what,
                    "quantity": round(line.quantity, 4),
                    "unit": line.unit,
                    "monthly_usd": round(line.usd, 4),
                    "confirmed": line.confirmed,
                }
                for line in self.estimate.lines
            ],
            "usage": dict(self.usage),
            "unpriced": dict(self.estimate.unpriced),
            "not_priced": list(NOT_PRICED),
        }

    def show(self, console: Console) -> None:
        total = self.estimate.total_usd
        by_resource = self.estimate.by_resource()
        place = {address: number for number, (address, _) in enumerate(by_resource)}
        rows = [
            [line.address, line.what, f"{line.quantity:,.1f} {line.unit}", f"{line.usd:,.2f}"]
            for line in sorted(self.estimate.lines, key=lambda line: place[line.address])
        ]
        console.table(["resource", "what", "quantity", "USD a month"], rows)
        table = self.table
        console.result(f"{self.environment}: {total:,.2f} USD a month, give or take {table.uncertainty_percent:g} %")
        for address, usd in by_resource[:DOMINATING]:
            console.result(f"  {usd / total:4.0%} {address}")
        console.result(f"prices for {table.region}, {table.date}; {self.unconfirmed} of {len(rows)} are unconfirmed")
        console.result("assumed: " + ", ".join(f"{name}={value:g}" for name, value in sorted(self.usage.items())))
        console.result("not priced: " + "; ".join(NOT_PRICED))
        for address, reason in sorted(self.estimate.unpriced.items()):
            console.result(f"not priced: {address}: {reason}", style="yellow")


def run(options: Options, console: Console) -> Cost:
    """Price a plan. Errors: Misuse, CouldNotPlan."""
    table = prices.read_table()
    usage = prices.usage_of(table, options.environment, prices.parse_usage(list(options.usage)))
    if options.plan is not None:
        if options.variables:
            raise Misuse(
                "--var sets variables of a new plan, and --plan prices an existing one",
                next_step="use only one of them",
            )
        plan = read_plan(options.plan)
    else:
        if options.environment.is_local:
            raise terraform.local_costs_nothing()
        console.say("Planning, without an AWS account ...")
        plan = terraform.plan(options.environment, options.variables)
    return Cost(environment=options.environment, estimate=estimate(plan, table, usage), table=table, usage=usage)


def read_plan(path: Path) -> Mapping[str, object]:
    """Read `terraform show -json`'s output. Errors: Misuse."""
    step = "write it with `terraform show -json plan.out`"
    try:
        plan = json.loads(path.read_text())
    except OSError as exc:
        raise Misuse(
            f"--plan should be a readable file with a Terraform plan in JSON, found {path}: {exc.strerror}",
            next_step=f"check the path, or {step}",
        ) from exc
    except ValueError as exc:
        place = f"line {exc.lineno}, column {exc.colno}" if isinstance(exc, json.JSONDecodeError) else "not UTF-8 text"
        raise Misuse(
            f"--plan should be a Terraform plan in JSON, but {path} is not JSON: {place}", next_step=step
        ) from exc
    if not isinstance(plan, dict) or "planned_values" not in plan:
        raise Misuse(f"--plan should be a Terraform plan in JSON, but {path} has no planned_values", next_step=step)
    return plan
