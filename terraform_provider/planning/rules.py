"""What some types plan beyond their schema: attributes that follow from others."""

from collections.abc import Callable

from terraform_provider.planning.change import Change, Rule
from terraform_provider.values.unknown import State

Path = tuple[str | int, ...]
STRATEGY = "capacity_provider_strategy"
NO_PROPAGATION = "NONE"
SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")


def of_ecs_service(change: Change) -> None:
    """Leave what ECS fills in; change the strategy in place where a deployment is forced and it has one already."""
    if change.creates:
        return
    if change.old("propagate_tags") == NO_PROPAGATION and change.new("propagate_tags") == "":
        change.clear("propagate_tags")
    is_forced = bool(change.new("force_new_deployment"))
    if change.differs("triggers") and not (is_forced and change.new("triggers")):
        change.clear("triggers")
    if is_forced and change.old(STRATEGY) and change.new(STRATEGY):
        change.found[STRATEGY].replace.clear()


RULES: dict[str, tuple[Rule, ...]] = {"aws_ecs_service": (of_ecs_service,)}


def source_kind_changed(prior: State, planned: State) -> set[Path]:
    """A rule of a security group is replaced when its source becomes one of another kind."""
    return {(name,) for name in SOURCES if (prior.get(name) is None) != (planned.get(name) is None)}


CURRENT_RULES: dict[str, Callable[[State, State], set[Path]]] = {
    "aws_vpc_security_group_egress_rule": source_kind_changed,
    "aws_vpc_security_group_ingress_rule": source_kind_changed,
}
