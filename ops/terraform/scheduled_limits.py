"""Scaling limits set by a schedule: passed to Terraform, so that it keeps them (ADR 38)."""

from collections.abc import Callable, Mapping

from ops.aws.clients import Aws
from ops.aws.scalable_target import schedule_in_force

VARIABLE = "schedule_in_force"


def variables(aws: Aws) -> Mapping[str, str]:
    """Return the variables for the schedule whose limits the service has now: none or one."""
    schedule = schedule_in_force(aws)
    return {} if schedule is None else {VARIABLE: schedule}


def arguments(aws: Aws, say: Callable[[str], None]) -> list[str]:
    """Return the same as arguments of Terraform, and report them."""
    found = variables(aws)
    for schedule in found.values():
        say(f'The schedule "{schedule}" has set the scaling limits: this is not a difference, and an apply keeps them')
    return [f"-var={name}={value}" for name, value in found.items()]
