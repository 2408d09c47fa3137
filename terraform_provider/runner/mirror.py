"""A directory in which Terraform finds the stand-in as hashicorp/aws, and the configuration that names it."""

import os
import platform
import shlex
import sys
from pathlib import Path

VERSION = "5.100.0"
"""The release of the real provider whose schema is served."""
ADDRESS = "registry.terraform.io/hashicorp/aws"
PROJECT = Path(__file__).parents[2]
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
EXECUTABLE = 0o755
PLACE = Path(".terraform", "stand-in")
"""A search of the disk for a mirror of the real provider skips `.terraform`, and therefore this directory."""


def write(directory: Path) -> Path:
    """Write the mirror below a directory and return its CLI configuration, for TF_CLI_CONFIG_FILE."""
    mirror = directory / PLACE
    place = mirror / ADDRESS / VERSION / system()
    place.mkdir(parents=True, exist_ok=True)
    _put(place / f"terraform-provider-aws_v{VERSION}", launcher(), directory, mode=EXECUTABLE)
    configuration = directory / "terraform.rc"
    _put(
        configuration,
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f'    path = "{mirror}"\n'
        "  }\n"
        "}\n",
        directory,
    )
    return configuration


def _put(path: Path, text: str, beside: Path, *, mode: int = 0o644) -> None:
    """Create a file, unless it exists. Not in place: another Terraform may start it now, and a busy file cannot start.

    beside: where it is written first; what lies in a provider's own directory counts as a part of it.
    """
    if path.is_file() and path.read_text() == text and path.stat().st_mode & EXECUTABLE == mode:
        return
    new = beside / f"{path.name}.{os.getpid()}.new"
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)


def launcher() -> str:
    """Return the program that Terraform starts: this Python, with the code that is running now.

    -P: Python must not import modules from Terraform's directory. PYTHONPATH: nor from one that the caller has set.
    """
    python, project = shlex.quote(sys.executable), shlex.quote(str(PROJECT))
    return f'#!/bin/sh\nPYTHONPATH={project} exec {python} -P -m terraform_provider "$@"\n'


def system() -> str:
    """Return this machine as Terraform names it, such as linux_amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{MACHINES.get(machine, machine)}"
