"""Estimates how long an apply and the deploy after it take: on AWS by `times.toml`, locally by measurements."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ops.terraform.apply_times import ApplyTimes
from ops.terraform.changes import Action, resource_changes

TABLE = Path(__file__).with_name("times.toml")
DATABASE = "aws_db_instance"
TASKS_NEED_A_DEPLOY: Mapping[str, frozenset[Action]] = {
    "aws_ecs_task_definition": frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE}),
    "aws_ecs_service": frozenset({Action.CREATE, Action.REPLACE}),
}
"""Types by what happens to them: tasks get the change by the next deploy only."""
Plan = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A time. seconds: None when unknown. mostly: the type that takes most of it. basis: the source of the figure."""

    seconds: float | None
    basis: str
    mostly: str = ""

    def as_json(self) -> dict[str, object]:
        seconds = None if self.seconds is None else round(self.seconds, 1)
        return {"seconds": seconds, "mostly": self.mostly or None, "basis": self.basis}

    def text(self) -> str:
        if self.seconds is None:
            return f"unknown: {self.basis}"
        return f"about {rounded(self.seconds)}{f', most of it {self.mostly}' if self.mostly else ''} ({self.basis})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A resource's change that Terraform waits for."""

    kind: str
    seconds: float


@cache
def table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text())


def rounded(seconds: float) -> str:
    """Round a time to its precision: seconds below a minute and a half, otherwise whole minutes."""
    if seconds < 90:
        whole = max(1, round(seconds))
        return f"{whole} second{'s' * (whole > 1)}"
    return f"{round(seconds / 60)} minutes"


def of_apply(plan: Plan) -> Expected | None:
    """Estimate an apply on AWS by the longest wait; None when there is nothing to apply."""
    changing = list(resource_changes(plan))
    if not changing:
        return None
    times, rest = table()["apply"], table()["rest"]
    steps: list[Step] = []
    bases: set[str] = set()
    for each, action in changing:
        figures = [times.get(_kind(each), {}).get(part) for part in _parts(action)]
        known = [figure for figure in figures if figure]
        if known:
            steps.append(Step(kind=_kind(each), seconds=60 * sum(figure["minutes"] for figure in known)))
            bases |= {figure["basis"] for figure in known}
    waits: dict[str, float] = {}
    for step in steps:  # alike at the same time; a replica and its source one after the other
        waits[step.kind] = max(waits.get(step.kind, 0), step.seconds)
    longest, seconds = _longest(waits)
    rounds = math.ceil((len(changing) - len(steps)) / rest["at_once"])
    total = 60 * (rest["begin_minutes"] + rounds * rest["each_minutes"]) + seconds
    return Expected(seconds=total, mostly=longest if seconds > total / 2 else "", basis=_basis(bases))


def _longest(waits: Mapping[str, float]) -> tuple[str, float]:
    """Return which type makes the longest chain of waits, and its seconds."""
    chains = {kind: seconds for kind, seconds in waits.items() if not kind.startswith(DATABASE)}
    databases = sum(seconds for kind, seconds in waits.items() if kind.startswith(DATABASE))
    if databases:
        chains[DATABASE] = databases
    return max(chains.items(), key=lambda each: each[1], default=("", 0.0))


def _basis(bases: set[str]) -> str:
    seen = "typical times from published logs" if "seen" in bases else ""
    assumed = "assumptions" if "assumed" in bases or not bases else ""
    return f"{' and '.join(filter(None, (seen, assumed)))}, not measured in this account"


def _parts(action: Action) -> Sequence[str]:
    return ("destroy", "create") if action is Action.REPLACE else (action.value,)


def _kind(change: Mapping[str, Any]) -> str:
    """Return the row of the table: the type, and of a database whether it is a replica or Multi-AZ."""
    kind = str(change["type"])
    if kind != DATABASE:
        return kind
    values = change["change"].get("after") or change["change"].get("before") or {}
    unknown = change["change"].get("after_unknown") or {}
    if values.get("replicate_source_db") or (isinstance(unknown, dict) and unknown.get("replicate_source_db")):
        return f"{kind} replica"
    return f"{kind} multi-az" if values.get("multi_az") else kind


def needs_deploy(plan: Plan) -> bool:
    """Return whether the plan has changes that reach the tasks only by a deploy."""
    return any(action in TASKS_NEED_A_DEPLOY.get(each["type"], ()) for each, action in resource_changes(plan))


def of_deploy(plan: Plan) -> Expected | None:
    """Estimate the deploy on AWS after a plan that needs one: tasks are replaced one by one, checked and drained."""
    if not needs_deploy(plan):
        return None
    times = table()["deploy"]
    groups, targets = (list(_values(plan, kind)) for kind in ("aws_lb_target_group", "aws_appautoscaling_target"))
    group: Mapping[str, Any] = groups[0] if groups else {}
    check = (group.get("health_check") or [{}])[0]
    counts = [int(each.get("min_capacity") or 1) for each in targets]
    services = _values({"planned_values": plan.get("prior_state", {}).get("values")}, "aws_ecs_service")
    tasks = max([1, *counts, *(int(each.get("desired_count") or 0) for each in services)])
    checked = float(check.get("interval") or 30) * float(check.get("healthy_threshold") or 5)
    drained = float(group.get("deregistration_delay") or 300)
    seconds = 60 * (times["before_minutes"] + tasks * times["task_start_minutes"]) + tasks * (checked + drained)
    one = "1 task" if tasks == 1 else f"{tasks} tasks one by one"
    return Expected(
        seconds=seconds, basis=f"{one}, from the plan's health checks and draining; start times are assumed"
    )


def _values(plan: Plan, kind: str) -> Sequence[Mapping[str, Any]]:
    """Return the attributes of all resources of a type that will exist."""
    found: list[Mapping[str, Any]] = []
    modules = [(plan.get("planned_values") or {}).get("root_module") or {}]
    while modules:
        module = modules.pop()
        found += [each["values"] for each in module.get("resources", ()) if each["type"] == kind]
        modules += module.get("child_modules", ())
    return found


def measured(plan: Plan, times: ApplyTimes | None) -> Expected | None:
    """Estimate an apply in a local cloud by earlier ones; None when there is nothing to apply."""
    changing = list(resource_changes(plan))
    if not changing:
        return None
    pairs = [(str(each["type"]), action) for each, action in changing]
    if times is None:
        return Expected(seconds=None, basis="no apply has been measured here yet")
    missing = sorted({f"{action} {kind}" for kind, action in pairs if times.of(kind, action) is None})
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return Expected(seconds=None, basis=f"no `{missing[0]}`{more} has been measured here yet")
    each_s = [times.of(kind, action) or 0.0 for kind, action in pairs]
    seconds = times.begin_s + max(max(each_s), sum(each_s) / times.at_once)
    slowest, slowest_s = max(zip((kind for kind, _ in pairs), each_s, strict=True), key=lambda each: each[1])
    mostly = slowest if slowest_s > seconds / 2 else ""
    return Expected(seconds=seconds, mostly=mostly, basis="measured on this machine")


def deploy_like_the_last(plan: Plan, last_s: float | None) -> Expected | None:
    """Estimate a local deploy by the last one's rollout; None when the plan needs no deploy."""
    if not needs_deploy(plan):
        return None
    if last_s is None:
        return Expected(seconds=None, basis="no deployment has succeeded here yet")
    return Expected(seconds=last_s, basis="the last deployment here, without building the image")
