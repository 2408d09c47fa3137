"""Tests of other suites are counted by how they end on moto and on ours."""

from pathlib import Path

import pytest

from tests.suites.tally import Ended, Tally, kind_of, merged_page

PAGE = """# Page

| suite | service | tests | moto passes | ours passes | ours refuses | ours has not | ours differs |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| moto | ecs | 1 | 1 | 1 | 0 | 0 | 0 |
"""


def ended(test: str, outcome: str = "passed", error: str = "", code: str = "") -> Ended:
    return Ended(test=test, outcome=outcome, error=error, code=code, operation="", asked=True)


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (ended("a"), "passed"),
        (ended("a", "failed", "ClientError", "InvalidParameterException"), "refused"),
        (ended("a", "failed", "ClientError", "NotImplemented"), "not offered"),
        (ended("a", "failed", "ClientError", "InternalFailure"), "differs"),
        (ended("a", "failed", "AssertionError: 1 != 2"), "differs"),
    ],
)
def test_a_test_is_counted_by_what_ended_it(end: Ended, kind: str) -> None:
    assert kind_of(end) == kind


def test_skipped_tests_do_not_count_and_lost_ones_are_named() -> None:
    moto = [ended("a"), ended("b"), ended("c", "skipped"), ended("d", "failed", "AssertionError")]
    ours = [
        ended("a"),
        ended("b", "failed", "refused", "X"),
        ended("c", "skipped"),
        ended("d", "failed", "AssertionError"),
    ]
    tally = Tally.of("moto", "ecs", moto, ours)
    assert tally.line() == "| moto | ecs | 3 | 2 | 1 | 1 | 0 | 1 |"
    assert tally.details == ["refused: b: 'refused'"]


def test_the_page_keeps_one_row_for_each_service_of_a_suite(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    page.write_text(merged_page(page, [Tally.of("moto", "ecs", [ended("a")], [ended("a"), ended("b")])]))
    page.write_text(merged_page(page, [Tally.of("moto", "logs", [], [ended("a")])]))
    rows = page.read_text().splitlines()[4:]
    assert rows == ["| moto | ecs | 2 | 1 | 2 | 0 | 0 | 0 |", "| moto | logs | 1 | 0 | 1 | 0 | 0 | 0 |"]
