"""Plans like the provider's newer plugin framework: attribute by attribute, with null apart from zero."""

from collections.abc import Mapping

from terraform_provider.planning.model import Node
from terraform_provider.values.unknown import UNKNOWN, Path, State, Value


def planned_object(members: Mapping[str, Node], prior: Value, proposed: State, config: Value) -> State:
    """Fill in defaults and unknown values; `prior` and `config` may be None."""
    made: State = {}
    for name, node in members.items():
        before, written, wanted = (prior or {}).get(name), (config or {}).get(name), proposed.get(name)
        if node.is_block:
            made[name] = planned_block(node, before, wanted, written)
        elif written is None and node.default is not None and (wanted is None or not node.default_of_new):
            accompanied = any((config or {}).get(each) not in (None, []) for each in node.default_without)
            made[name] = None if accompanied else node.default
        elif written is None and node.stays_null:
            made[name] = None
        elif written is None and node.computed:
            made[name] = UNKNOWN if wanted is None and prior is None else wanted
        else:
            made[name] = wanted
    return made


def planned_block(node: Node, prior: Value, proposed: Value, config: Value) -> Value:
    if not isinstance(proposed, list) or node.element is None:
        return proposed
    before = prior if isinstance(prior, list) else []
    written = config if isinstance(config, list) else []
    return [
        planned_object(
            node.element.members,
            before[number] if node.kind == "list" and number < len(before) else None,
            each,
            written[number] if number < len(written) else None,
        )
        for number, each in enumerate(proposed)
    ]


def replacements(members: Mapping[str, Node], prior: State, planned: State) -> set[Path]:
    return {(name,) for name, node in members.items() if node.force_new and prior.get(name) != planned.get(name)}
