"""Forms in which the provider stores a text: what is planned is not what is written in the code."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from terraform_provider.planning import container_definitions

# Go's encoder writes these so, that HTML may hold them.
ESCAPED_IN_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
ESCAPED = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
FIRST_IN_POLICIES = ("Version", "Id", "Statement")


def compact(text: str, for_html: bool = True, first: tuple[str, ...] = ()) -> str:
    """Write JSON without spaces, its keys in order but for those that come `first`; other texts stay as they are."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    written = encoded(value)
    if first and isinstance(value, Mapping):
        keys = [*(key for key in first if key in value), *sorted(key for key in value if key not in first)]
        written = "{" + ",".join(f"{encoded(key)}:{encoded(value[key])}" for key in keys) + "}"
    return escaped(written, ESCAPED_IN_HTML | ESCAPED if for_html else ESCAPED)


def escaped(written: str, characters: Mapping[str, str]) -> str:
    for character, instead in characters.items():
        written = written.replace(character, instead)
    return written


def encoded_for_html(value: Any) -> str:
    return escaped(encoded(value), ESCAPED_IN_HTML | ESCAPED)


def encoded(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


STORED_FORMS: dict[str, Callable[[Any], Any]] = {
    "json": compact,
    "plain_json": lambda text: compact(text, for_html=False),
    "policy": lambda text: compact(text, first=FIRST_IN_POLICIES),
    "container_definitions": lambda text: encoded_for_html(container_definitions.stored(text)),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trimmed": lambda text: text.strip(),
}
