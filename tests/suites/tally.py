"""Counts how tests of others ended on plain moto and on ours, and keeps the page of those figures."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

HEADER = "| suite | service | tests | moto passes | ours passes | ours refuses | ours has not | ours differs |"
ROW = re.compile(r"^\| (?P<suite>\w+) \| (?P<service>\w+) \|.*$", re.M)
# How the local cloud says that it does not offer an operation (501).
NOT_OFFERED = {
    "NotImplemented",
    "NotImplementedException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
    "501",
}
SERVER_ERRORS = {"500", "InternalFailure", "InternalError", "ServerException", "502", "503"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A test's end. `code` and `operation` are those of the refusal that ended it, empty when none did.

    `asked`: whether it made any request.
    """

    test: str
    outcome: str
    error: str
    code: str
    operation: str
    asked: bool

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Self:
        """Read a line of the plugin's record."""
        return cls(**{"code": "", "operation": "", "asked": True, **line})

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The figures of one service. `details`: a line for each test that moto passes and ours does not."""

    suite: str
    service: str
    tests: int
    moto: int
    ours: int
    refused: int
    not_offered: int
    differs: int
    details: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, suite: str, service: str, moto: Iterable[Ended], ours: Iterable[Ended]) -> Self:
        """Compare two runs of the same tests; those that were skipped or asked the local cloud nothing do not count."""
        own = {ended.test: ended for ended in ours if ended.outcome != "skipped" and ended.asked}
        theirs = {ended.test: ended for ended in moto if ended.test in own}
        kinds = Counter(kind_of(ended) for ended in own.values())
        lost = [ended for test, ended in own.items() if not ended.passed and test in theirs and theirs[test].passed]
        return cls(
            suite=suite,
            service=service,
            tests=len(own),
            moto=sum(ended.passed for ended in theirs.values()),
            ours=kinds["passed"],
            refused=kinds["refused"],
            not_offered=kinds["not offered"],
            differs=kinds["differs"],
            details=[f"{kind_of(ended)}: {ended.test}: {ended.error[:200]!r}" for ended in lost],
        )

    def line(self) -> str:
        """The row of the page."""
        figures = (self.tests, self.moto, self.ours, self.refused, self.not_offered, self.differs)
        return f"| {self.suite} | {self.service} | " + " | ".join(map(str, figures)) + " |"


def kind_of(ended: Ended) -> str:
    """Tell a refusal (a client error in AWS's form) from an operation that is not offered, and from other answers."""
    if ended.passed:
        return "passed"
    if ended.code in NOT_OFFERED or "501" in ended.error[:200]:
        return "not offered"
    return "refused" if ended.code and ended.code not in SERVER_ERRORS else "differs"


def merged_page(page: Path, tallies: Iterable[Tally]) -> str:
    """Give the page's text with these rows in place of, or after, the ones it has."""
    text = page.read_text()
    for tally in tallies:
        rows = {(row["suite"], row["service"]): row[0] for row in ROW.finditer(text)}
        old = rows.get((tally.suite, tally.service))
        text = text.replace(old, tally.line()) if old else text.rstrip("\n") + f"\n{tally.line()}\n"
    return text
