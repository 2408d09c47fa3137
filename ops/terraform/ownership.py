"""Pure: who owns a difference, as infrastructure/README.md says under "Who owns what"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ops.terraform import changes
from ops.terraform.changes import Action, Change


class Owner(StrEnum):
    """The owner of an attribute: it decides the value."""

    TERRAFORM = "terraform"  # the next apply reverts it
    DEPLOY = "deploy"  # deploys, rollbacks and scaling change it, and Terraform ignores it


OF_A_DEPLOY: Mapping[str, frozenset[str]] = {
    "aws_ecs_service": frozenset(
        {
            *("task_definition", "desired_count", "load_balancer", "deployment_configuration", "alarms"),
            *("deployment_maximum_percent", "deployment_minimum_healthy_percent", "capacity_provider_strategy"),
        }
    ),
    "aws_lb_listener_rule": frozenset({"action"}),
    "aws_lb_listener": frozenset({"default_action"}),
    "aws_appautoscaling_target": frozenset({"min_capacity", "max_capacity"}),
    "aws_ssm_parameter": frozenset({"value", "insecure_value", "version"}),
}
"""Attributes by type of resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A resource with attributes of one owner that differ from the last apply."""

    owner: Owner
    change: Change

    def as_json(self) -> dict[str, object]:
        return {"owner": self.owner.value, **self.change.as_json()}


def differences(plan: Mapping[str, object]) -> list[Difference]:
    """Return what has changed outside Terraform, by owner. Terraform owns what applying the plan would revert.

    Attributes without an owner are left out: AWS maintains them, or another resource of the code declares them.
    """
    put_back = {each.address: each for each in changes.planned(plan)}
    found: list[Difference] = []
    for each in changes.drifted(plan):
        correction = put_back.get(each.address)
        if each.action is not Action.UPDATE:
            if correction is not None:
                found.append(Difference(owner=Owner.TERRAFORM, change=each))
            continue
        corrected = {attribute.argument for attribute in correction.attributes} if correction else set()
        parts: dict[Owner | None, list[changes.Attribute]] = {}
        for attribute in each.attributes:
            parts.setdefault(owner_of(each.type, attribute.argument, corrected), []).append(attribute)
        found += [
            Difference(owner=owner, change=replace(each, attributes=tuple(parts[owner])))
            for owner in Owner
            if owner in parts
        ]
    return found


def owner_of(kind: str, attribute: str, corrected: set[str]) -> Owner | None:
    """Return the owner of an attribute; None without one. corrected: those that applying would change."""
    if attribute in corrected:
        return Owner.TERRAFORM
    return Owner.DEPLOY if attribute in OF_A_DEPLOY.get(kind, ()) else None
