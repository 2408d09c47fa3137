"""Arguments that exclude or need each other."""

from collections.abc import Sequence

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import UNKNOWN, State, Value


def refuse_conflicts(config: State, name: str, *others: str) -> None:
    """Refuse an argument that is set beside another. Errors: ProviderError."""
    for other in others:
        if _is_set(config.get(name)) and _is_set(config.get(other)):
            raise ProviderError("Conflicting configuration arguments", f'"{name}": conflicts with {other}', (name,))


def refuse_unless_one(config: State, *names: str) -> None:
    """Refuse none and several of the arguments; what is not known yet may become null. Errors: ProviderError."""
    given = [name for name in names if _is_set(config.get(name))]
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
    """Refuse some of the arguments without the others. Errors: ProviderError."""
    given = [name for name in names if _is_set(config.get(name))]
    if given and any(config.get(name) in (None, []) for name in names):
        listed = ",".join(sorted(names))
        raise ProviderError(
            "Missing required argument", f'"{given[0]}": all of `{listed}` must be specified', (given[0],)
        )


def _is_set(value: Value) -> bool:
    return value is not UNKNOWN and value not in (None, [])
