"""tags_all: a resource's tags merged over the provider's default tags."""

from terraform_provider.planning.change import Change
from terraform_provider.values.unknown import UNKNOWN, Value, has_unknown


def plan_all_tags(change: Change) -> None:
    tags = change.proposed.get("tags")
    if has_unknown(tags) or has_unknown(change.provider.default_tags):
        change.set_unknown("tags_all")
        return
    merged = {**change.provider.default_tags, **(tags or {})}
    if merged and not any(value == "" for value in merged.values()):
        change.set_new("tags_all", merged)
    elif merged or change.old("tags_all") or change.creates:
        change.set_unknown("tags_all")


def all_tags(tags: Value, default_tags: Value) -> Value:
    """Merge as the newer plugin framework does, which distinguishes null from empty."""
    return UNKNOWN if has_unknown(tags) or has_unknown(default_tags) else {**default_tags, **(tags or {})}
