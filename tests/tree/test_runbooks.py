"""Runbooks: one for each alarm and none without. Their commands: test_documented_commands.py."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
MONITORING = ROOT / "infrastructure" / "terraform" / "modules" / "monitoring"
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation"]
pages = pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)


def runbooks_that_alarms_name() -> set[str]:
    """`runbook = "..."` of alarms and events; an event without one has a runbook of its own name; plain links."""
    sources = {path.name: path.read_text() for path in MONITORING.glob("*.tf")}
    named = {name for text in sources.values() for name in re.findall(r'runbook\s*=\s*"([a-z-]+)"', text)}
    named |= {name for text in sources.values() for name in re.findall(r"\{var\.runbook_url\}/([a-z-]+)\.md", text)}
    events = re.findall(r"^    ([a-z-]+) = \{\n(.*?)^    \}\n", sources["events.tf"], re.MULTILINE | re.DOTALL)
    assert len(events) >= 4
    return named | {name for name, body in events if "runbook" not in body}


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm() -> None:
    assert runbooks_that_alarms_name() == {path.stem for path in RUNBOOKS.glob("*.md")}


def test_every_alarm_says_how_it_takes_missing_data() -> None:
    alarms = 0
    for path in MONITORING.glob("*.tf"):
        bodies = re.findall(r"^ +runbook += (.*?)^ +(?:\}|\}\))$", path.read_text(), re.MULTILINE | re.DOTALL)
        if path.name == "events.tf":
            continue
        for body in bodies:
            alarms += 1
            assert re.search(r'missing += "(missing|notBreaching|breaching|ignore)"', body), body
            assert "#" in body[body.rindex("threshold") :], f"nothing explains the numbers: {body}"
    assert alarms >= 15


@pages
def test_a_runbook_has_every_section_and_fits_a_screen_or_two(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert len(text.splitlines()) <= 60


@pages
def test_links_of_a_runbook_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_runbooks_with_an_apply_say_how_to_keep_the_limits_of_a_schedule() -> None:
    applying = [page for page in RUNBOOKS.glob("*.md") if re.search("terraform .*apply ", page.read_text())]
    pages = [*applying, ROOT / "docs" / "recovery.md", ROOT / "infrastructure" / "README.md"]
    assert len(applying) >= 7
    assert [page.name for page in pages if "-var=schedule_in_force=NAME" not in page.read_text()] == []
