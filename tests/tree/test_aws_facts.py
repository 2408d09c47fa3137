"""Facts about AWS that the code cites are on docs/aws-facts.md, with their sources."""

import re
from functools import cache
from pathlib import Path

from tests.conformance.facts import SECTIONS
from tests.sources import files, text

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "aws-facts.md"
HEADING = re.compile(r"^## (\d+(?:\.\d+)?) (.+)$", re.MULTILINE)
NUMBER = r"\d+(?:\.\d+)?"
CITATION = re.compile(rf"\bfacts ({NUMBER}(?:(?:, | and |, and ){NUMBER})*)")
KEY = re.compile(r"\[([A-Z]{2,})\](?!\()")


@cache
def cited() -> list[tuple[str, str, str]]:
    """Return place, what stands right before "facts", and number of each citation."""
    return [
        (str(path.relative_to(PROJECT)), text(path)[: found.start()][-4:], number)
        for top in ("app", "ops", "localcloud", "tests")
        for path in files(PROJECT / top)
        if path != Path(__file__)
        for found in CITATION.finditer(text(path))
        for number in re.findall(NUMBER, found[1])
    ]


def sections() -> dict[str, str]:
    """The text of each section by its number."""
    parts = HEADING.split(PAGE.read_text().split("\n## Sources\n")[0])[1:]
    return {
        number: f"{title}\n{text}" for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


def test_every_cited_section_is_on_the_page() -> None:
    assert len(cited()) > 40
    there = sections()
    assert [each for each in cited() if each[2] not in there] == []


def test_every_citation_names_the_page() -> None:
    assert [each for each in cited() if not each[1].endswith("aws-")] == []


def test_every_section_names_a_source_that_the_page_lists() -> None:
    listed = set(KEY.findall(PAGE.read_text().split("\n## Sources\n")[1]))
    used: set[str] = set()
    for number, body in sections().items():
        keys = set(KEY.findall(body))
        assert keys, f"section {number} names no source"
        used |= keys
    assert used == listed


def test_the_conformance_cases_use_the_same_numbers_and_titles() -> None:
    titles = {number: text.split("\n")[0] for number, text in sections().items()}
    assert titles == {number: title for number, title in SECTIONS.items() if number[0].isdigit()}
