"""Runs Terraform: plans the tree's own code without an account and without its state."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.cost.plan_endpoint import Zone, plan_endpoint
from ops.environment import EnvironmentName
from ops.errors import CouldNotPlan, Misuse
from ops.terraform import program
from ops.terraform.diagnostics import CORRECT_CODE, not_initialized, plain
from ops.terraform.program import SOURCE, environment_of

TIMEOUT_S = 600
OFFLINE = "connect to the network, or set TF_CLI_CONFIG_FILE to a configuration that names a mirror of the provider"
# The copy keeps its state, which stays empty, in its own directory.
NAMED_ZONE = re.compile(r"^(?:-var=)?hosted_zone_id *= *\"?(Z[A-Z0-9]+)", re.MULTILINE)
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True, slots=True)
class Workspace:
    """An initialized copy of the code."""

    command: Sequence[str]
    directory: Path

    def run(self, *arguments: str, endpoint: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run Terraform in the copy; the caller checks the exit status."""
        try:
            return subprocess.run(
                [*self.command, f"-chdir={self.directory}", *arguments],
                capture_output=True,
                text=True,
                env=environment_of(endpoint),
                stdin=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired as exc:
            raise CouldNotPlan(f"terraform {arguments[0]} did not finish within {TIMEOUT_S} s") from exc

    def plan(self, endpoint: str, arguments: Sequence[str]) -> dict[str, object]:
        """Plan and return `terraform show -json`. Errors: CouldNotPlan with Terraform's own words."""
        with tempfile.TemporaryDirectory(prefix="spendsense-plan-") as kept:
            out = Path(kept) / "plan.out"
            checked(
                self.run(
                    "plan", "-input=false", "-lock=false", "-no-color", f"-out={out}", *arguments, endpoint=endpoint
                )
            )
            shown = checked(self.run("show", "-json", str(out)))
        plan: dict[str, Any] = json.loads(shown)
        return plan


def plan(environment: EnvironmentName, variables: Sequence[str] = ()) -> Mapping[str, object]:
    """Plan an environment as if nothing existed; `variables` are NAME=VALUE. Errors: Misuse, CouldNotPlan."""
    if environment.is_local:
        raise local_costs_nothing()
    given = arguments(environment, variables)
    with (
        tempfile.TemporaryDirectory(prefix="spendsense-terraform-") as directory,
        plan_endpoint(hosted_zones=hosted_zones(given)) as endpoint,
    ):
        workspace = prepare(Path(directory) / "terraform")
        return workspace.plan(endpoint, given)


def local_costs_nothing() -> Misuse:
    return Misuse(
        "--env local: the local environment runs on this machine and costs nothing",
        next_step="choose an environment on AWS, for example `--env dev`",
    )


def arguments(environment: str, variables: Sequence[str] = ()) -> list[str]:
    return [f"-var-file=environments/{environment}.tfvars", *(f"-var={each}" for each in variables)]


def hosted_zones(given: Sequence[str], source: Path = SOURCE) -> list[Zone]:
    """Find the zones that the arguments name, in variables or in files of variables."""
    files = [each.removeprefix("-var-file=") for each in given if each.startswith("-var-file=")]
    texts = [*given, *((source / file).read_text() for file in files)]
    ids = {zone_id for text in texts for zone_id in NAMED_ZONE.findall(text)}
    return [Zone(zone_id=each) for each in sorted(ids)]


def prepare(directory: Path, source: Path = SOURCE) -> Workspace:
    """Copy the code to a separate directory, and initialize it.

    Errors: CouldNotPlan without Terraform, or when neither a registry nor a provider mirror can be reached.
    """
    command = program.find().command
    shutil.copytree(source, directory, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    (directory / "zz_override.tf").write_text(LOCAL_BACKEND)
    workspace = Workspace(command, directory)
    checked(workspace.run("init", "-input=false", "-no-color"))
    return workspace


def checked(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the output. Errors: CouldNotPlan unless the exit status is 0."""
    if done.returncode == 0:
        return done.stdout
    verb = verb_of(done.args)
    if verb == "init":
        raise not_initialized(done.returncode, done.stderr, OFFLINE)
    raise CouldNotPlan(
        f"terraform {verb} ended with status {done.returncode}:\n{plain(done.stderr)}", next_step=CORRECT_CODE
    )


def verb_of(arguments: Sequence[str]) -> str:
    """Return Terraform's subcommand: the word after the directory."""
    places = [number for number, each in enumerate(arguments) if each.startswith("-chdir=")]
    return arguments[places[0] + 1]
