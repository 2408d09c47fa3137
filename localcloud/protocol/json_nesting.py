"""JSON that nests too deeply counts as malformed: neither moto nor most code expects Python's RecursionError."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

Decode = Callable[..., tuple[Any, int]]


def refuse_deep_json() -> None:
    """Make Python's JSON decoder raise JSONDecodeError for text that nests too deeply; further calls change nothing."""
    if not hasattr(json.JSONDecoder.raw_decode, "__wrapped__"):
        setattr(json.JSONDecoder, "raw_decode", _refusing(json.JSONDecoder.raw_decode))  # noqa: B010 - mypy


def _refusing(decode: Decode) -> Decode:
    @wraps(decode)
    def raw_decode(self: json.JSONDecoder, s: str, idx: int = 0) -> tuple[Any, int]:
        try:
            return decode(self, s, idx)
        except RecursionError as error:
            raise json.JSONDecodeError("Nested too deeply", s, idx) from error

    return raw_decode
