"""Makes foreign text, such as log lines, safe to print: limits its length, and removes control sequences."""

import re
from collections.abc import Sequence

LINE_LIMIT = 3_000  # characters of one line
TOTAL_LIMIT = 12_000  # characters of all lines shown for one task
SHOWN = 60  # characters of a value in a message
# ECMA-48: colours, cursor movements, titles, links.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07|$)|[ -/]*[0-~])", re.DOTALL)
# All but tab and line feed, and also characters that reorder the text after them.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Remove escape sequences, and show other control characters as Python writes them."""
    if text.isprintable():
        return text
    text = ESCAPES.sub("", text.replace("\r\n", "\n"))
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(text: str) -> str:
    """Quote a value that someone has typed; a long one is cut."""
    if not text:
        return "nothing"
    if len(text) > SHOWN:
        return f"{printable(text[:SHOWN])!r}... ({len(text):,} characters)"
    return repr(printable(text))


def count_of(number: int, noun: str) -> str:
    """Write a number with its noun. noun: in the singular; its plural ends in s."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def bounded(line: str, limit: int = LINE_LIMIT) -> str:
    """Return a printable line; of a long one the beginning and the end, where a traceback has its cause."""
    line = line.rstrip("\r\n")
    # What is left out need not be cleaned first: only this much can become part of the result.
    if len(line) <= limit:
        cleaned = printable(line)
        if len(cleaned) <= 2 * limit:
            return cleaned
    half = limit // 2
    head, tail = printable(line[:half])[:half], printable(line[-half:])[-half:]
    return f"{head} ... ({max(0, len(line) - 2 * half):,} more characters) ... {tail}"


def last_of(lines: Sequence[str], total: int = TOTAL_LIMIT) -> tuple[str, ...]:
    """Bound each line, and return the last ones that fit together; at least one."""
    kept: list[str] = []
    for line in map(bounded, reversed(lines)):
        total -= len(line)
        if kept and total < 0:
            break
        kept.append(line)
    return tuple(reversed(kept))
