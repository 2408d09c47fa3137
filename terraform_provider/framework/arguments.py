"""Arguments of a configuration: which are known to be set, and which exclude or require each other."""

from collections.abc import Iterable, Sequence

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import UNKNOWN, State, Value

NOTHING_OF_THE_KIND = "The local cloud does not support it. Remove the argument, or use the real provider."


def refuse_not_served(config: State, names: Iterable[str], of: str = "", advice: str = NOTHING_OF_THE_KIND) -> None:
    """Refuse arguments that the local cloud does not support; `of`: the resource type. Errors: ProviderError."""
    for name in names:
        if is_set(config.get(name)):
            raise not_served(name, of, advice)


def not_served(name: str, of: str = "", advice: str = NOTHING_OF_THE_KIND, attribute: str = "") -> ProviderError:
    """Return the error; `attribute`: where the name leads into a block, the block."""
    whose = f" of {of}" if of else ""
    summary = f'the stand-in for hashicorp/aws does not serve "{name}"{whose}'
    return ProviderError(summary, advice, (attribute or name,))


def refuse_conflicts(config: State, name: str, *others: str) -> None:
    """Refuse an argument that is set beside another. Errors: ProviderError."""
    for other in others:
        if is_set(config.get(name)) and is_set(config.get(other)):
            raise ProviderError("Conflicting configuration arguments", f'"{name}": conflicts with {other}', (name,))


def refuse_unless_one(config: State, *names: str) -> None:
    """Require exactly one of the arguments; an unknown one may become null. Errors: ProviderError."""
    given = [name for name in names if is_set(config.get(name))]
    listed = ",".join(sorted(names))
    if len(given) > 1:
        shown = ",".join(sorted(given))
        raise ProviderError(
            "Invalid combination of arguments",
            f'"{given[0]}": only one of `{listed}` can be specified, but `{shown}` were specified.',
            (given[0],),
        )
    if not given and all(config.get(name) is not UNKNOWN for name in names):
        raise ProviderError("Invalid combination of arguments", f"one of `{listed}` must be specified")


def refuse_without(config: State, names: Sequence[str]) -> None:
    """Require all of the arguments, or none. Errors: ProviderError."""
    given = [name for name in names if is_set(config.get(name))]
    if given and any(config.get(name) in (None, []) for name in names):
        listed = ",".join(sorted(names))
        raise ProviderError(
            "Missing required argument", f'"{given[0]}": all of `{listed}` must be specified', (given[0],)
        )


def known_blocks(config: State, name: str) -> list[State]:
    """Return the blocks of a name that are known; their number may be unknown."""
    blocks = config.get(name)
    return [each for each in blocks if isinstance(each, dict)] if isinstance(blocks, list) else []


def is_set(value: Value) -> bool:
    """Return whether an argument is known to be set: an unknown one may become null."""
    return value is not UNKNOWN and value not in (None, [])
