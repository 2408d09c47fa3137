"""Explains what keeps `scale` from its number of tasks: ECS's quota, or scaling that changed the number meanwhile."""

from ops.aws.clients import Aws
from ops.aws.scalable_target import cause_of_count
from ops.guide import command_in
from ops.rollout.doubts import readable

MOST_TASKS = 5000
"""AWS's default quota of tasks per service (Amazon ECS endpoints and quotas); AWS raises it on request."""


def over_quota(desired: int) -> str:
    """Return why ECS refuses a number of tasks; empty when it does not."""
    if desired <= MOST_TASKS:
        return ""
    return (
        f"{desired} tasks are more than ECS allows: the quota of tasks per service is {MOST_TASKS}, unless AWS has "
        "raised it for this account"
    )


def changed_meanwhile(aws: Aws, requested: int, now: int, *, has_scaling: bool) -> tuple[str, tuple[str, ...]]:
    """Describe what changed the requested number, as far as Application Auto Scaling says, and the next steps."""
    where = aws.environment
    cause, _ = readable(lambda: cause_of_count(aws, now) if has_scaling else None, None, "the scaling activities")
    who, why = ("Scaling", f" ({cause})") if cause else ("Something else", "")
    steps = [command_in(where, "events")]
    if has_scaling:
        keep, raised = f"scale --desired {requested} --suspend", f"scale --min {requested} --desired {requested}"
        steps.append(f"keep the number: `{command_in(where, keep)}`")
        steps.append(f"or raise the minimum: `{command_in(where, raised)}`")
    return f"{who} changed the number of tasks from {requested} to {now} meanwhile{why}", tuple(steps)
