"""Names what of a migration running code would notice: before the code nothing is taken away, after it none added."""

import re
from collections.abc import Iterator

BEFORE, AFTER = "before the code", "after the code"
TAKES_AWAY = (
    "DROP TABLE",
    "DROP COLUMN",
    "DROP DEFAULT",
    "DROP VIEW",
    "DROP TYPE",
    r"RENAME (TO|COLUMN|CONSTRAINT)",
    r"SET NOT NULL",
    r"ALTER COLUMN \w+ (SET DATA )?TYPE",
    "TRUNCATE",
    "DELETE FROM",
)
ADDS = ("CREATE TABLE", "ADD COLUMN")
CLAUSE = re.compile(r"ADD COLUMN (?:IF NOT EXISTS )?(\w+)((?:[^,()]|\([^()]*(?:\([^()]*\)[^()]*)*\))*)", re.IGNORECASE)
CONSTRAINT = re.compile(r"ADD CONSTRAINT (\w+)([^,;]*)", re.IGNORECASE)


def violations(runs: str, statements: list[str]) -> list[str]:
    """Name what a migration that runs before the code takes away, or one after it adds. statements: of its upgrade."""
    texts = [" ".join(statement.split()) for statement in statements]
    if runs == AFTER:
        return [f"adds, which belongs before the code: {found}" for text in texts for found in matching(ADDS, text)]
    taken = [
        f"takes away, which belongs after the code: {found}" for text in texts for found in matching(TAKES_AWAY, text)
    ]
    return [*taken, *(found for text in texts for found in unfit_additions(text))]


def matching(patterns: tuple[str, ...], text: str) -> Iterator[str]:
    for pattern in patterns:
        yield from (match[0] for match in re.finditer(pattern, text, re.IGNORECASE))


def unfit_additions(text: str) -> Iterator[str]:
    """Name columns that running code would have to fill, and constraints that its rows may break."""
    for name, rest in CLAUSE.findall(text):
        if "NOT NULL" in rest.upper() and "DEFAULT" not in rest.upper():
            yield f"column {name} is NOT NULL without a default: running code does not fill it"
    for name, rest in CONSTRAINT.findall(text):
        if "NOT VALID" not in rest.upper():
            yield f"constraint {name} is checked under a lock: add it NOT VALID, and validate it later"
