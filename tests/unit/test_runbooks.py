"""Runbooks: one for each alarm and none without; what they tell one to type exists."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from typer.main import get_command

from ops import cli

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


@pages
def test_commands_of_a_runbook_parse(page: Path) -> None:
    for line in re.findall(r"(spendsense (?!-)[^`#\n]+)", "\n".join(commands_of(page.read_text()))):
        words = [word.replace("$E", "prod") for word in shlex.split(line)][1:]
        command, rest = get_command(cli.app), words
        while hasattr(command, "commands"):
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context("spendsense", rest)


# Of the command line itself, beside the operations of the services.
GLOBAL_OPTIONS = {"query", "output", "region", "max-items"}
OWN_COMMANDS = {("logs", "tail"): {"since", "filter-pattern", "follow"}}


@pages
def test_aws_commands_of_a_runbook_exist_with_their_options(page: Path) -> None:
    whole = page.read_text().replace("\\\n", " ")
    for line in re.findall(r"\baws ((?:[a-z0-9-]+) (?:[a-z-]+)[^`\n]*)", whole):
        # A command may hold another: each ends where the next one begins.
        for command in line.split("$(aws "):
            service, operation, *_ = command.split()
            wanted = set(re.findall(r"(?<!\S)--([a-z-]+)", command.partition(")")[0]))
            assert wanted <= options_of(service, operation.rstrip(")`"), page.stem) | GLOBAL_OPTIONS, command


def options_of(service: str, operation: str, page: str) -> set[str]:
    """What the AWS CLI takes there: --multi-az, and --no-multi-az for what is yes or no."""
    if (service, operation) in OWN_COMMANDS:
        return OWN_COMMANDS[service, operation]
    model = loaded_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, f"{page}: aws {service} {operation}"
    members = model.operation_model(names[operation]).input_shape.members
    options = {xform_name(name, "-") for name in members}
    return options | {f"no-{xform_name(n, '-')}" for n, shape in members.items() if shape.type_name == "boolean"}


@cache
def loaded_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def commands_of(text: str) -> list[str]:
    """What stands in code blocks and in backquotes, and begins with `spendsense`."""
    blocks = [line.strip() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [command for command in blocks + inline if command.startswith("spendsense ")]
