"""Pure: who owns a difference, as infrastructure/README.md says under "Who owns what"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ops.terraform import changes
from ops.terraform.changes import Action, Change


class Owner(StrEnum):
    """The owner of an attribute: it decides the value."""

    TERRAFORM = "terraform"  # the next apply puts it back
    DEPLOY = "deploy"  # deploys, rollbacks and scaling change it, and Terraform leaves it alone


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
    """A resource of which one owner's attributes differ from what the last apply left."""

    owner: Owner
    change: Change

    def as_json(self) -> dict[str, object]:
        return {"owner": self.owner.value, **self.change.as_json()}


def differences(plan: Mapping[str, Any]) -> list[Difference]:
    """Return what has changed outside Terraform, by owner. Terraform's is what applying the plan would put back.

    What neither owns is left out: AWS keeps it up to date, or another resource of the code declares it.
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
    """Say who decides about an attribute; None for neither. corrected: those that applying would change."""
    if attribute in corrected:
        return Owner.TERRAFORM
    return Owner.DEPLOY if attribute in OF_A_DEPLOY.get(kind, ()) else None
