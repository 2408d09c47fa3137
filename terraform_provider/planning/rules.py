"""What some types plan beyond their schema: attributes that follow from others."""

from collections.abc import Callable

from terraform_provider.planning.change import Rule
from terraform_provider.values.unknown import State

Path = tuple[str | int, ...]
RULES: dict[str, tuple[Rule, ...]] = {}
SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")


def source_kind_changed(prior: State, planned: State) -> set[Path]:
    """A rule of a security group is replaced when its source becomes one of another kind."""
    return {(name,) for name in SOURCES if (prior.get(name) is None) != (planned.get(name) is None)}


CURRENT_RULES: dict[str, Callable[[State, State], set[Path]]] = {
    "aws_vpc_security_group_egress_rule": source_kind_changed,
    "aws_vpc_security_group_ingress_rule": source_kind_changed,
}
