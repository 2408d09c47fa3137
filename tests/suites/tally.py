"""Counts how tests of others ended on plain moto and on ours, and keeps the page of those figures."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.suites.reasons import ELSEWHERE, NOT_OFFERED, RIGHTLY, UNPUBLISHED, reason_of

FIGURES = re.compile(r"^\| (?P<suite>\w+) \| (?P<service>\w+) \| \d.*\n", re.M)
REASON = re.compile(r"^\| (?P<suite>\w+) \| (?P<kind>[^|`]+) \| (?P<reason>[^|]+) \| \d+ \|\n", re.M)
FIRST_FIGURES = "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
FIRST_REASON = "| --- | --- | --- | ---: |\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A test's end. `asked`: whether it made any request."""

    test: str
    outcome: str
    error: str
    asked: bool

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Self:
        """Read a line of the plugin's record."""
        return cls(test=line["test"], outcome=line["outcome"], error=line["error"], asked=line["asked"])

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
    reasons: Counter[tuple[str, str]]
    """Kind and reason of those that ours does not pass."""
    details: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, suite: str, service: str, moto: Iterable[Ended], ours: Iterable[Ended]) -> Self:
        """Compare two runs of the same tests; those that were skipped or asked the local cloud nothing do not count."""
        own = {ended.test: ended for ended in ours if ended.outcome != "skipped" and ended.asked}
        theirs = {ended.test for ended in moto if ended.passed and ended.test in own}
        lost = [ended for ended in own.values() if not ended.passed]
        reasons = {ended.test: reason_of(ended.test, ended.error) for ended in lost}
        return cls(
            suite=suite,
            service=service,
            tests=len(own),
            moto=len(theirs),
            ours=len(own) - len(lost),
            reasons=Counter(reasons.values()),
            details=[
                f"{reasons[ended.test][0] or 'NOT ASSESSED'}: {ended.test}: {ended.error[:200]!r}"
                for ended in lost
                if ended.test in theirs
            ],
        )

    def line(self) -> str:
        """The row of the page."""
        of_kind: Counter[str] = Counter()
        for (kind, _), count in self.reasons.items():
            of_kind[kind] += count
        kinds = [of_kind[kind] for kind in (RIGHTLY, NOT_OFFERED, ELSEWHERE, UNPUBLISHED, "")]
        figures = (self.tests, self.moto, self.ours, *kinds)
        return f"| {self.suite} | {self.service} | " + " | ".join(map(str, figures)) + " |\n"


def merged_page(page: Path, tallies: list[Tally]) -> str:
    """Give the page's text with these rows in place of the ones it has; the reasons are those of the whole run."""
    text = page.read_text()
    head, reasons = text.split(FIRST_REASON)
    before, figures = head.split(FIRST_FIGURES)
    rows = {(row["suite"], row["service"]): row[0] for row in FIGURES.finditer(figures)}
    after = FIGURES.sub("", figures)
    rows |= {(tally.suite, tally.service): tally.line() for tally in tallies}
    run = {tally.suite for tally in tallies}
    counted: Counter[tuple[str, str, str]] = Counter()
    for tally in tallies:
        for (kind, reason), count in tally.reasons.items():
            counted[tally.suite, kind, reason] += count
    kept = [row[0] for row in REASON.finditer(reasons) if row["suite"] not in run]
    reasons_now = [
        f"| {suite} | {kind} | {reason} | {count} |\n"
        for (suite, kind, reason), count in sorted(counted.items(), key=lambda row: (row[0][:2], -row[1]))
        if kind
    ]
    figures = "".join(rows[key] for key in sorted(rows))
    return before + FIRST_FIGURES + figures + after + FIRST_REASON + "".join(sorted([*kept, *reasons_now], key=_suite))


def _suite(row: str) -> str:
    return row.split("|")[1]
