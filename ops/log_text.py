"""Text that others wrote, such as log lines: bounded, and without what a terminal would take for a command."""

import re
from collections.abc import Sequence

LINE_LIMIT = 2_000  # characters of one line
TOTAL_LIMIT = 8_000  # characters of the lines that are told of one task
# ECMA-48: colours, movements of the cursor, titles, links.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07|$)|[ -/]*[0-~])", re.DOTALL)
# All but tab and line feed; with them what reorders the text that follows.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Take escape sequences out, and show other control characters as Python writes them."""
    if text.isprintable():
        return text
    text = ESCAPES.sub("", text.replace("\r\n", "\n"))
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def bounded(line: str, limit: int = LINE_LIMIT) -> str:
    """Give a printable line, cut where it is longer than people read, with how much was left out."""
    # What is cut off need not be cleaned first: only so much can become part of the answer.
    shown = printable(line[: 4 * limit].rstrip("\r\n"))
    if len(line) <= limit and len(shown) <= limit:
        return shown
    return f"{shown[:limit]}... ({len(line) - min(limit, len(line)):,} more characters)"


def last_of(lines: Sequence[str], total: int = TOTAL_LIMIT) -> tuple[str, ...]:
    """Bound each line, and give the last ones that fit together; at least one."""
    kept: list[str] = []
    for line in map(bounded, reversed(lines)):
        total -= len(line)
        if kept and total < 0:
            break
        kept.append(line)
    return tuple(reversed(kept))
