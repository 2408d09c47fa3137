"""Tags: those of a resource, those of the provider's `default_tags`, and the forms in which services write them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from terraform_provider.framework.aws import Settings
from terraform_provider.values.unknown import State

OF_AWS = "aws:"
Tags = Mapping[str, str]


def read_tags(settings: Settings, found: Tags, state: State) -> State:
    """Return `tags` and `tags_all` from the tags that AWS has.

    A default tag is in `tags` only where the resource repeats it; what AWS or `ignore_tags` owns is in neither.
    """
    kept = {
        key: value
        for key, value in found.items()
        if not key.startswith((OF_AWS, *settings.ignored_tag_prefixes)) and key not in settings.ignored_tags
    }
    defaults = settings.default_tags
    repeated = {key for key, value in (state.get("tags") or {}).items() if defaults.get(key) == value}
    own = {key: value for key, value in kept.items() if defaults.get(key) != value or key in repeated}
    return {"tags": own, "tags_all": kept}


def as_list(tags: Tags | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Convert tags to the list that most requests take; ECS and others use "key" and "value"."""
    return [{key: name, value: text} for name, text in sorted((tags or {}).items())]


def as_dict(listed: Iterable[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Read tags from a response's list."""
    return {each[key]: each.get(value, "") for each in listed or ()}


def change(
    prior: State, planned: State, *, untag: Callable[[list[str]], object], tag: Callable[[dict[str, str]], object]
) -> None:
    """Remove and set tags at AWS, so that `prior["tags_all"]` becomes `planned["tags_all"]`."""
    removed, added = difference(prior, planned)
    if removed:
        untag(removed)
    if added:
        tag(added)


def difference(prior: State, planned: State) -> tuple[list[str], dict[str, str]]:
    """Return the keys to remove and the tags to set, so that `prior["tags_all"]` becomes `planned["tags_all"]`."""
    old, new = prior.get("tags_all") or {}, planned.get("tags_all") or {}
    return sorted(old.keys() - new.keys()), {key: text for key, text in new.items() if old.get(key) != text}
