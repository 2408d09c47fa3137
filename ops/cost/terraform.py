"""Runs Terraform: plans the tree's own code without an account and without its state."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.cost.plan_endpoint import plan_endpoint
from ops.environment import PROJECT_ROOT, EnvironmentName
from ops.errors import CouldNotPlan, Misuse

SOURCE = PROJECT_ROOT / "infrastructure" / "terraform"
COMMAND_VARIABLE = "TERRAFORM"
TIMEOUT_S = 600
# The copy keeps its state, which stays empty, in its own directory.
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True, slots=True)
class Workspace:
    """An initialised copy of the code."""

    program: str
    directory: Path

    def run(self, *arguments: str, endpoint: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run Terraform in the copy; the caller checks the exit status."""
        try:
            return subprocess.run(
                [self.program, f"-chdir={self.directory}", *arguments],
                capture_output=True,
                text=True,
                env=environment_of(endpoint),
                stdin=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired as exc:
            raise CouldNotPlan(f"terraform {arguments[0]} did not finish within {TIMEOUT_S} s") from exc

    def plan(self, endpoint: str, arguments: Sequence[str]) -> dict[str, Any]:
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


def plan(environment: EnvironmentName, variables: Sequence[str] = ()) -> Mapping[str, Any]:
    """Plan an environment as if nothing existed; `variables` are NAME=VALUE. Errors: Misuse, CouldNotPlan."""
    if environment is EnvironmentName.LOCAL:
        raise local_costs_nothing()
    with tempfile.TemporaryDirectory(prefix="spendsense-terraform-") as directory, plan_endpoint() as endpoint:
        workspace = prepare(Path(directory) / "terraform")
        return workspace.plan(endpoint, arguments(environment, variables))


def local_costs_nothing() -> Misuse:
    return Misuse(
        "the local environment runs on this machine and costs nothing",
        next_step="choose an environment on AWS, for example `--env dev`",
    )


def arguments(environment: str, variables: Sequence[str] = ()) -> list[str]:
    return [f"-var-file=environments/{environment}.tfvars", *(f"-var={each}" for each in variables)]


def prepare(directory: Path, source: Path = SOURCE) -> Workspace:
    """Copy the code to where nothing of ours can be disturbed, and initialise it.

    Errors: CouldNotPlan without Terraform, or when neither a registry nor a provider mirror can be reached.
    """
    program = find_program()
    if program is None:
        raise CouldNotPlan(
            f"terraform was found neither on PATH nor in ${COMMAND_VARIABLE}",
            next_step="install Terraform 1.6.6, or price an existing plan: `spendsense cost --plan FILE`",
        )
    shutil.copytree(source, directory, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    (directory / "zz_override.tf").write_text(LOCAL_BACKEND)
    workspace = Workspace(program, directory)
    checked(workspace.run("init", "-input=false", "-no-color"))
    return workspace


def find_program() -> str | None:
    """Return the terraform to run: $TERRAFORM, else the one on PATH."""
    named = os.environ.get(COMMAND_VARIABLE)
    return shutil.which(named) if named else shutil.which("terraform")


def environment_of(endpoint: str | None) -> dict[str, str]:
    """Return the caller's environment without an AWS identity; requests go to `endpoint` or nowhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": "plan",
        "AWS_SECRET_ACCESS_KEY": "plan",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint or "http://127.0.0.1:9",
        "CHECKPOINT_DISABLE": "1",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"])),
        "TF_IN_AUTOMATION": "1",
    }


def checked(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the output. Errors: CouldNotPlan unless the exit status is 0."""
    if done.returncode != 0:
        raise CouldNotPlan(
            f"terraform {done.args[2]} ended with status {done.returncode}:\n{done.stderr.strip()}",
            next_step="fix the problem above; offline, set TF_CLI_CONFIG_FILE to a config with a provider mirror",
        )
    return done.stdout
