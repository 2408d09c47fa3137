"""Commands in pages exist: verbs, options, operations, Terraform's variables and resources."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from typer.main import get_command

from ops.cli import main
from tests import documented
from tests.documented import PAGES, ROOT

TERRAFORM = ROOT / "infrastructure" / "terraform"
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
# Of the command line itself, beside the operations of the services.
GLOBAL_OPTIONS = {"query", "output", "region", "max-items", "endpoint-url"}
IMAGE = f"repository@sha256:{'1' * 64}"
OTHER_NAMES = {"s3api": "s3"}
OWN_COMMANDS = {("logs", "tail"): {"since", "filter-pattern", "follow"}, ("ecr", "get-login-password"): set()}
TERRAFORM_VERBS = {"init", "plan", "apply", "destroy", "output", "import", "state", "force-unlock"}


def calls(page: Path, program: str) -> Iterator[str]:
    for each in documented.shell(page):
        for call in documented.calls(each.text, program):
            # Up to where the shell takes over again.
            yield re.split(r"\s(?:\||&&|;|>|<)\s?|;\s|\)\s*$|\) ", call)[0].rstrip(")`;")


def test_pages_have_commands() -> None:
    assert sum(1 for page in PAGES for _ in calls(page, "aws")) > 40
    assert sum(1 for page in PAGES for _ in calls(page, "spendsense")) > 40
    assert sum(1 for page in PAGES for _ in calls(page, "terraform")) > 10


@pages
def test_commands_of_spendsense_parse(page: Path) -> None:
    for call in calls(page, "spendsense"):
        line = re.sub(r"\$\(.*|\"\$image\"|\bIMAGE\b", IMAGE, call.replace("$E", "prod").replace("${image##*:}", "v1"))
        if "..." in line or "<" in line or "|" in line or re.search(r" --(strategy|to)$", line):
            continue  # describes several at once, or an option
        if line in {"--help", "--version"}:
            continue  # options of the program itself, before any command
        command, rest = spendsense(), shlex.split(line)
        while hasattr(command, "commands"):
            assert rest and rest[0] in command.commands, f"{page.name}: spendsense {line}"
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context("spendsense", rest)


@pages
def test_commands_of_aws_exist_with_their_options(page: Path) -> None:
    for call in calls(page, "aws"):
        service, operation, *_ = re.sub(r"^--endpoint-url \S+ ", "", call).split()
        wanted = set(re.findall(r"(?<!\S)--([a-z-]+)", call))
        assert wanted <= options_of(service, operation, page.stem) | GLOBAL_OPTIONS, f"{page.name}: aws {call}"


@pages
def test_documented_terraform_commands_fit_its_code(page: Path) -> None:
    for call in calls(page, "terraform"):
        chdir = re.match(r"-chdir=(\S+) ", call)
        assert chdir is None or (ROOT / chdir[1]).is_dir(), call
        words = shlex.split(call[chdir.end() if chdir else 0 :])
        assert words[0] in TERRAFORM_VERBS, f"{page.name}: terraform {call}"
        for word in words[1:]:
            if match := re.fullmatch(r"-var=([a-z_]+)=.*", word):
                assert match[1] in variables(page), f"{page.name}: {word}"
            if match := re.fullmatch(r"-replace=(.+)", word):
                assert is_resource(match[1]), f"{page.name}: {word}"
            # The other one is written by `spendsense up --like`.
            if (match := re.fullmatch(r"-var-file=(.+)", word)) and match[1] != "../up.tfvars.json":
                for environment in ("dev", "prod"):
                    assert (TERRAFORM / match[1].replace("$E", environment)).is_file(), word


@pages
def test_variables_that_a_page_sets_exist(page: Path) -> None:
    blocks = re.findall(r"^ *```hcl\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    pieces = [line.strip() for block in blocks for line in block.splitlines()]
    for piece in [*pieces, *documented.inline(page.read_text())]:
        if match := re.fullmatch(r'(?:-var=)?([a-z][a-z0-9_]+) ?= ?("[^"]*"|true|false|\d+|\{.*\}|null)', piece):
            assert match[1] in variables(page), f"{page.name}: {piece}"


@pages
def test_no_page_ships_what_is_checked_out_where_it_means_what_serves(page: Path) -> None:
    """Outside the local environment a deploy names its image: the default is whatever commit somebody is at."""
    if page.name == "README.md" and page.parent == ROOT:
        return
    for call in calls(page, "spendsense"):
        if call.startswith("deploy") and "--env local" not in call and "--env" in call:
            assert "--image" in call or "--tag" in call or "--dry-run" in call, f"{page.name}: spendsense {call}"


@cache
def spendsense() -> Any:
    return get_command(main.app)


@cache
def variables(page: Path) -> set[str]:
    """Return the variables of the code that a page is about: its own directory's, else the environments'."""
    own = page.parent if (page.parent / "variables.tf").is_file() else TERRAFORM
    return {
        name
        for file in own.glob("variables*.tf")
        for name in re.findall(r'^variable "(\w+)"', file.read_text(), re.MULTILINE)
    }


def is_resource(address: str) -> bool:
    """module.NAME[0].TYPE.NAME, whose module is called in main.tf."""
    match = re.fullmatch(r"module\.(\w+)(?:\[0\])?\.(aws_\w+)\.(\w+)", address)
    if match is None:
        return False
    source = re.search(rf'module "{match[1]}" \{{\n\s+source = "\./modules/(\w+)"', (TERRAFORM / "main.tf").read_text())
    return source is not None and any(
        f'resource "{match[2]}" "{match[3]}"' in file.read_text()
        for file in (TERRAFORM / "modules" / source[1]).glob("*.tf")
    )


def options_of(service: str, operation: str, page: str) -> set[str]:
    """Return the options of an AWS CLI command: --multi-az, and also --no-multi-az for a boolean."""
    if (service, operation) in OWN_COMMANDS:
        return OWN_COMMANDS[service, operation]
    model = loaded_model(OTHER_NAMES.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, f"{page}: aws {service} {operation}"
    members = model.operation_model(names[operation]).input_shape.members
    options = {xform_name(name, "-") for name in members}
    return options | {f"no-{xform_name(n, '-')}" for n, shape in members.items() if shape.type_name == "boolean"}


@cache
def loaded_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)
