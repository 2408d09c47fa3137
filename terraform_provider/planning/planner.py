"""Plans a change of a resource like the real provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terraform_provider.planning import current, normal_forms
from terraform_provider.planning.change import Change, Provider
from terraform_provider.planning.legacy_values import none_for_missing
from terraform_provider.planning.model import Node, compiled, is_of_older_sdk
from terraform_provider.planning.rules import CURRENT_RULES, RULES
from terraform_provider.planning.tags import all_tags, plan_all_tags
from terraform_provider.values.unknown import UNKNOWN, Path, State


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned value, and the attributes for which the resource must be replaced."""

    value: State | None
    replace_paths: frozenset[Path] = field(default_factory=frozenset)


NO_SETTINGS = Provider()


def plan(
    kind: str,
    block: Mapping[str, Any],
    prior: State | None,
    proposed: State | None,
    config: State | None,
    provider: Provider = NO_SETTINGS,
) -> Planned:
    """Plan a change of a resource of type `kind`.

    block: the type's, with the learnt facts. prior: None to create. proposed: None to destroy.
    """
    if proposed is None or config is None:
        return Planned(None)
    nodes = nodes_of(kind, block)
    plan_of_sdk = plan_legacy if is_of_older_sdk(block) else plan_current
    return plan_of_sdk(kind, nodes, prior, proposed, config, provider)


NODES: dict[str, Mapping[str, Node]] = {}


def nodes_of(kind: str, block: Mapping[str, Any]) -> Mapping[str, Node]:
    if kind not in NODES:
        NODES[kind] = compiled(block)
    return NODES[kind]


def plan_current(
    kind: str, nodes: Mapping[str, Node], prior: State | None, proposed: State, config: State, provider: Provider
) -> Planned:
    value = current.planned_object(nodes, prior, proposed, config)
    if "tags_all" in nodes:
        value["tags_all"] = all_tags(proposed.get("tags"), provider.default_tags)
    replace: set[Path] = set()
    if prior is not None:
        replace = current.replacements(nodes, prior, value) | CURRENT_RULES.get(kind, no_more)(prior, value)
    return Planned(without_write_only(nodes, value), frozenset(replace))


def no_more(_prior: State, _planned: State) -> set[Path]:
    return set()


def plan_legacy(
    kind: str, nodes: Mapping[str, Node], prior: State | None, proposed: State, config: State, provider: Provider
) -> Planned:
    change = Change(kind, nodes, (prior, proposed, config), provider)
    if "tags_all" in nodes and "tags" in nodes:
        plan_all_tags(change)
    for rule in RULES.get(kind, ()):
        rule(change)
    differs = any(each.differs for each in change.found.values())
    if not differs and prior is not None:
        return Planned(prior)
    value, is_same = planned_value(change)
    replace = {path for each in change.found.values() for path in each.replace if not is_same}
    if replace or value.get("id") is UNKNOWN:
        replace.add(("id",))
    return Planned(value, frozenset(attribute_paths(replace)))


def planned_value(change: Change) -> tuple[State, bool]:
    """Return the planned value, and whether it equals the state's although a difference was recorded."""
    whole = Node("object", None, change.nodes)
    value: State = {name: none_for_missing(change.nodes[name], found.value) for name, found in change.found.items()}
    value["id"] = UNKNOWN if change.prior is None or not change.prior.get("id") else change.prior["id"]
    if "timeouts" in change.nodes:
        value["timeouts"] = None
    value = normal_forms.with_proposed_empties(whole, value, change.proposed)
    if "timeouts" in change.nodes:
        value["timeouts"] = change.proposed.get("timeouts")
    is_same = change.prior is not None and normal_forms.equivalent(whole, change.prior, value)
    if is_same and change.prior is not None:
        value = dict(change.prior)
    if change.creates:
        value = normal_forms.with_unknowns(change.nodes, value)
    return without_write_only(change.nodes, value), is_same


def without_write_only(nodes: Mapping[str, Node], value: State) -> State:
    return value | {name: None for name, node in nodes.items() if node.write_only}


def attribute_paths(paths: set[Path]) -> set[Path]:
    """Cut each path after its last attribute: an index alone does not replace anything."""
    cut = set()
    for path in paths:
        while path and not isinstance(path[-1], str):
            path = path[:-1]
        cut.add(path)
    return cut
