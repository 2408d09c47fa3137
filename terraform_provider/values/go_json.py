"""JSON as Go's encoder writes it: the real provider is written in Go."""

import json
from typing import Any

ESCAPED_IN_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
ESCAPED = {"\u2028": "\\u2028", "\u2029": "\\u2029"}


def written(value: Any, *, sort: bool = False, indent: int | None = None, for_html: bool = True) -> str:
    """Write JSON without spaces unless it is indented; `for_html` escapes <, > and &, as Go's encoder does."""
    separators = (",", ":") if indent is None else (",", ": ")
    made = json.dumps(value, sort_keys=sort, indent=indent, separators=separators, ensure_ascii=False)
    for sign, escaped in (ESCAPED_IN_HTML | ESCAPED if for_html else ESCAPED).items():
        made = made.replace(sign, escaped)
    return made
