"""The base class of resource types."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.values.unknown import State, Value

Equivalence = Callable[[Any, Any], bool]
Normal = Callable[[Any], Any]


class Resource:
    """One type of resource. A subclass says how AWS creates, reads, updates and deletes it.

    States are plain dictionaries with every attribute and block of the schema; what is null or not known is None.
    Botocore's errors may pass: each becomes an error that says what was being done, to which resource.
    """

    noun: ClassVar[str] = ""
    """The type in the real provider's words: "SNS Topic"."""
    title: ClassVar[str] = "name"
    """The attribute that names one of them in an error; its id where that is not known."""
    gone: ClassVar[Collection[str]] = ()
    """AWS's error codes for a missing resource: a read then finds nothing, and a deletion is done."""
    equivalent: ClassVar[Mapping[str, Equivalence]] = {}
    """Attributes of which two different texts may mean the same, such as JSON: the state's stays."""
    normal: ClassVar[Mapping[str, Normal]] = {}
    """Attributes that plan and state have in another form than the HCL or AWS (StateFunc of the real provider)."""
    as_configured: ClassVar[Collection[str]] = ()
    """Attributes that `planned` has as the configuration does, also where the plan keeps the state's."""

    def create(self, aws: Aws, planned: State) -> str:
        """Create it and return its id immediately: an error after that leaves a tainted resource."""
        raise NotImplementedError

    def complete(self, aws: Aws, state: State) -> None:
        """Complete a creation after the first call: wait, and make further calls."""

    def read(self, aws: Aws, state: State) -> State | None:
        """Return the attributes as AWS has them; None if the resource no longer exists.

        Attributes that are left out keep the state's value: passwords, and whatever else AWS does not return. From
        `tags_all` (all tags that AWS has) the framework derives `tags`.
        """
        raise NotImplementedError

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        """Change it in place; `changed` are the attributes and blocks that differ."""
        raise NotImplementedError

    def delete(self, aws: Aws, state: State) -> None:
        raise NotImplementedError

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        """Return the attributes that `read` needs, from the id of `terraform import`."""
        return {"id": id}

    def validate(self, config: State) -> None:
        """Refuse an invalid configuration by ProviderError; values may be UNKNOWN."""

    def customize_plan(self, change: Change) -> None:
        """Refuse a plan, by ProviderError. `planning` computes the plan, from the schema's facts and its rules."""


def shown_name(kind: Resource, state: Mapping[str, Value]) -> str:
    """Return the name of one resource for errors; its id if there is no other."""
    for name in (kind.title, "id"):
        if isinstance(state.get(name), str) and state[name]:
            return str(state[name])
    return "new"
