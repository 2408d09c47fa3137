"""Plans like the provider's older plugin SDK, which works on text and differences.

Its plans show its history: zero and null are the same inside blocks, what was computed once stays, sets are compared by
a key of each element. All of that is visible in plans, so it is imitated here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from terraform_provider.planning.legacy_values import empty_object, filled, member_of, none_for_missing
from terraform_provider.planning.model import MISSING, PRIMITIVES, Node
from terraform_provider.planning.set_keys import key_of
from terraform_provider.planning.stored_forms import STORED_FORMS
from terraform_provider.planning.suppression import SUPPRESSIONS, Suppression, Wanted
from terraform_provider.values.unknown import UNKNOWN, Path, Value


@dataclass(slots=True)
class Difference:
    """The planned value of an attribute or block, and whether and how it differs from the state's.

    differs: something is recorded for it. stays: some of it is in the planned value, which distinguishes an element
    that stays in a set from one that leaves it.
    """

    value: Value
    differs: bool = False
    stays: bool = False
    replace: set[Path] = field(default_factory=set)

    def add(self, other: "Difference") -> None:
        self.differs |= other.differs
        self.stays |= other.stays
        self.replace |= other.replace


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a comparison in the resource, and its context.

    wanted: the whole proposed resource. exists: it is in the state. every: inside a set, where all of an element is
    recorded. set_by_provider: the new value is the provider's own. suppressions: those of the blocks around it, each
    with its own `every`.
    """

    path: Path
    wanted: Wanted
    exists: bool
    every: bool = False
    set_by_provider: bool = False
    gone: bool = False  # in an element that its set no longer has
    suppressions: tuple[tuple[Suppression, bool], ...] = ()

    def below(self, node: Node, step: str | int, every: bool | None = None, gone: bool = False) -> "Position":
        own = ((SUPPRESSIONS[node.suppress], self.every),) if node.suppress else ()
        return Position(
            (*self.path, step),
            self.wanted,
            self.exists,
            self.every if every is None else every,
            self.set_by_provider,
            self.gone or gone,
            self.suppressions + own,
        )

    def is_suppressed(self, node: Node, old: str, new: str) -> bool | None:
        """Return whether a difference is suppressed; None when it is recorded with the old value as the new one."""
        own = ((SUPPRESSIONS[node.suppress], self.every),) if node.suppress else ()
        for suppression, every in (*own, *reversed(self.suppressions)):
            if suppression(self.path, self.wanted, old, new):
                return None if every else True
        return False


def difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    """Compare the state's value with the wanted one; MISSING: no value, or null."""
    if node.kind in PRIMITIVES:
        return primitive(node, old, new, position)
    match node.kind:
        case "list":
            return list_difference(node, old, new, position)
        case "set":
            return set_difference(node, old, new, position)
        case "map":
            return map_difference(node, old, new, position)
        case _:
            return object_difference(node, old, new, position)


def text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is MISSING else str(value)


def primitive(node: Node, old: Value, new: Value, position: Position) -> Difference:
    if new is MISSING and node.default is not None and not position.gone:
        new = node.default
    unknown = new is UNKNOWN
    if node.stored_as and new is not MISSING and not unknown:
        new = STORED_FORMS[node.stored_as](new)
    before = text(old)
    after = text(node.zero if new is MISSING and old is not MISSING else new)
    same = before == after and not position.every and not unknown
    if same and (before or position.exists or not node.computed):
        return Difference(unchanged(node, old))
    removed = old is not MISSING and new is MISSING
    if removed and node.computed:
        return Difference(old)
    becomes_unknown = unknown or (node.computed and not removed and after == "")
    replace = {position.path} if node.force_new and (before != after or becomes_unknown) else set()
    if node.computed and not position.set_by_provider and not removed and before and after == "":
        return Difference(old)  # an empty string counts as unset
    suppressed = position.is_suppressed(node, before, after)
    if suppressed:
        return Difference(unchanged(node, old))
    if suppressed is None:
        value = ("" if node.kind == "string" else None) if old is MISSING else old
        return Difference(value, differs=True, stays=True)
    if removed:
        return Difference(MISSING, differs=True, replace=replace)
    if becomes_unknown:
        return Difference(UNKNOWN, differs=True, stays=True, replace=replace)
    if before == after == "":
        return Difference("" if node.kind == "string" else MISSING, differs=True, stays=True)
    return Difference(new, differs=True, stays=True, replace=replace)


def unchanged(node: Node, old: Value) -> Value:
    return "" if old is MISSING and node.required and node.kind == "string" else old


def count_difference(node: Node, before: int, after: int, position: Position) -> Difference:
    """Compare the numbers of elements, which the SDK records by itself."""
    suppressed = position.is_suppressed(node, str(before), str(after))
    if suppressed:
        return Difference(None)
    replace = {position.path} if node.force_new and before != after and suppressed is False else set()
    return Difference(None, differs=True, stays=after != 0, replace=replace)


def unknown_whole(node: Node, position: Position) -> Difference:
    return Difference(UNKNOWN, differs=True, stays=True, replace={position.path} if node.force_new else set())


def list_difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    if new is UNKNOWN:
        return unknown_whole(node, position)
    if old is not MISSING and new is MISSING and node.computed:
        return Difference(old)
    before: Sequence[Value] = [] if old is MISSING else old
    after: Sequence[Value] = [] if new is MISSING else new
    if not position.every and new is not MISSING and before == [filled(node.inner, each) for each in after]:
        return Difference(old)
    if node.computed and not before and not after:
        return unknown_whole(node, position)
    result = Difference(old)
    length = len(before)
    if len(before) != len(after) or position.every:
        counted = count_difference(node, len(before), len(after), position)
        result.add(counted)
        if counted.differs:
            length = len(after)
    elements = []
    for number in range(max(len(before), len(after))):
        inner = element_difference(
            node,
            before[number] if number < len(before) else MISSING,
            after[number] if number < len(after) else MISSING,
            position.below(node, number),
        )
        result.add(inner)
        nothing = node.inner.kind == "object" and number >= len(before) and not inner.differs
        elements.append(empty_object(node.inner) if nothing else inner.value)
    if result.differs:
        result.value = [none_for_missing(node.inner, each) for each in elements[:length]]
    return result


def element_difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    """Compare two elements; those of a list or set of primitives have its `force_new`."""
    element = node.inner
    if element.kind in PRIMITIVES and node.force_new:
        element = Node(element.kind, force_new=True, suppress=element.suppress, stored_as=element.stored_as)
    return difference(element, old, new, position)


def object_difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    """Compare two objects member by member; an object is never recorded by itself."""
    result = Difference({})
    for name, each in node.members.items():
        inner = difference(each, member_of(old, name), member_of(new, name, each), position.below(node, name))
        result.add(inner)
        result.value[name] = none_for_missing(each, inner.value)
    return result


def set_difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    if new is UNKNOWN:
        return unknown_whole(node, position)
    if old is not MISSING and new is MISSING and node.computed:
        return Difference(old)
    before = {key_of(node.inner, each): each for each in ([] if old is MISSING else old)}
    after = {key_of(node.inner, each): each for each in ([] if new is MISSING else new)}
    if not position.every and new is not MISSING and before.keys() == after.keys():
        return Difference(old)
    if node.computed and new is MISSING:
        return unknown_whole(node, position)
    result = Difference(old)
    counted = False
    if len(before) != len(after) or position.every:
        count = count_difference(node, len(before), len(after), position)
        result.add(count)
        counted = count.differs
    elements = []
    for key in [*(key for key in before if key not in after), *after]:
        inner = element_difference(
            node,
            before.get(key, MISSING),
            after.get(key, MISSING),
            position.below(node, key, every=True, gone=key not in after),
        )
        result.add(Difference(None, inner.differs, inner.stays, {position.path} if inner.replace else set()))
        if inner.stays:
            elements.append(inner.value)
    if not elements and len(after) == 1 and counted and node.inner.kind == "object":
        elements = [empty_object(node.inner)]
    if elements or (counted and not after):
        result.value = UNKNOWN if any(each is UNKNOWN for each in elements) else elements
    return result


def map_difference(node: Node, old: Value, new: Value, position: Position) -> Difference:
    if new is UNKNOWN or (isinstance(new, Mapping) and any(each is UNKNOWN for each in new.values())):
        return unknown_whole(node, position)
    before: Mapping[str, Value] = {} if old is MISSING else old
    after: Mapping[str, Value] = {} if new is MISSING else {key: each for key, each in new.items() if each is not None}
    counted = len(before) != len(after) and not (node.computed and before and not after)
    if node.computed and not before and not after and old is MISSING:
        return unknown_whole(node, position)
    result = Difference(old)
    if counted:
        result.add(count_difference(node, len(before), len(after), position))
    if new is MISSING and node.computed:
        return result
    value = dict(before)
    for key in [*after, *(key for key in before if key not in after)]:
        was, wanted = text(before.get(key, MISSING)), text(after.get(key, MISSING))
        if key in after and key in before and was == wanted and not position.every:
            continue
        replace = {position.path} if node.force_new and was != wanted else set()
        nothing = node.computed and key in after and wanted == ""
        if position.is_suppressed(node, was, wanted) or (nothing and was and not position.set_by_provider):
            continue
        result.add(Difference(None, differs=True, stays=key in after, replace=replace))
        if key in after:
            value[key] = UNKNOWN if nothing else after[key]
        else:
            value.pop(key, None)
    if result.differs:
        result.value = value
    return result
