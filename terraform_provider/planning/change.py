"""A planned change that a type's own rules read and amend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from terraform_provider.planning import legacy, legacy_values
from terraform_provider.planning.legacy import Difference, Position
from terraform_provider.planning.model import MISSING, Node
from terraform_provider.values.unknown import UNKNOWN, State, Value


@dataclass(frozen=True, slots=True)
class Provider:
    """The part of the provider's configuration that affects plans."""

    default_tags: Value = field(default_factory=dict)  # a map, or UNKNOWN
    region: str = ""


class Change:
    """One resource's change: prior, proposed and so far planned values, by attribute."""

    def __init__(
        self,
        kind: str,
        nodes: Mapping[str, Node],
        states: tuple[State | None, State, State],
        provider: Provider,
    ) -> None:
        """`states`: prior, proposed, config."""
        self.kind, self.nodes, self.provider = kind, nodes, provider
        self.prior, self.proposed, self.config = states
        self.creates = self.prior is None
        self._old = {name: self._read(name) for name in nodes}
        self._wanted = {name: legacy_values.member_of(self.proposed, name, node) for name, node in nodes.items()}
        self.found = {name: self._compare(name, self._wanted[name]) for name in nodes if name != "timeouts"}

    def _read(self, name: str) -> Value:
        value = None if self.prior is None else self.prior.get(name)
        return MISSING if value is None else legacy_values.as_state(self.nodes[name], value)

    def _compare(self, name: str, wanted: Value, set_by_provider: bool = False) -> Difference:
        has_id = bool(self.prior and self.prior.get("id"))
        position = Position((name,), self.proposed, has_id, set_by_provider=set_by_provider)
        return legacy.difference(self.nodes[name], self._old[name], wanted, position)

    def old(self, name: str) -> Value:
        """Return the state's value; zero when there is none."""
        value = self._old[name]
        return self.nodes[name].zero if value is MISSING else value

    def new(self, name: str) -> Value:
        """Return the planned value so far; as in the SDK, zero when there is none or it is unknown."""
        found = self.found[name]
        value = found.value if found.differs else self._old[name]
        return self.nodes[name].zero if value is MISSING or value is None or value is UNKNOWN else value

    def differs(self, *names: str) -> bool:
        """Return whether the planned value differs from the state's; null equals zero."""
        return any(self.found[name].differs and self.new(name) != self.old(name) for name in names)

    def set_new(self, name: str, value: Value) -> None:
        self.found[name] = self._compare(name, value, set_by_provider=True)

    def set_unknown(self, name: str) -> None:
        self.found[name] = self._compare(name, UNKNOWN, set_by_provider=True)

    def force_new(self, name: str) -> None:
        """Replace the resource if this attribute changes."""
        if self.found[name].differs:
            self.found[name].replace.add((name,))

    def clear(self, name: str) -> None:
        """Keep the state's value."""
        self.found[name] = Difference(self._old[name])


Rule = Callable[[Change], None]
