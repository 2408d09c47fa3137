"""Forms in which the provider stores texts, so that plans differ from the code's text."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from terraform_provider.planning import container_definitions
from terraform_provider.values.go_json import written

FIRST_IN_POLICIES = ("Version", "Id", "Statement")


def compact(text: str, for_html: bool = True, first: tuple[str, ...] = ()) -> str:
    """Write JSON without spaces, its keys in order but for those that come `first`; other texts stay as they are."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not first or not isinstance(value, Mapping):
        return written(value, sort=True, for_html=for_html)
    keys = [*(key for key in first if key in value), *sorted(key for key in value if key not in first)]
    members = (f"{written(key, for_html=for_html)}:{written(value[key], sort=True, for_html=for_html)}" for key in keys)
    return "{" + ",".join(members) + "}"


STORED_FORMS: dict[str, Callable[[Any], Any]] = {
    "json": compact,
    "plain_json": lambda text: compact(text, for_html=False),
    "policy": lambda text: compact(text, first=FIRST_IN_POLICIES),
    "container_definitions": lambda text: written(container_definitions.stored(text), sort=True),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trimmed": lambda text: text.strip(),
}
