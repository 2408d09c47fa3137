"""Forms in which the provider stores a text: what is planned is not what is written in the code."""

import json
from collections.abc import Callable
from typing import Any


def compact_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return text


STORED_FORMS: dict[str, Callable[[Any], Any]] = {
    "json": compact_json,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trimmed": lambda text: text.strip(),
}
