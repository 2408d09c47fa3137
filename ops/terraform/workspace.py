"""A copy of the code in the data directory, initialized: Terraform leaves its files there, never beside the code."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.configuration import PROJECT_ROOT
from ops.errors import CouldNotPlan
from ops.terraform import diagnostics, inputs, process, program, saved_state
from ops.terraform.messages import Messages
from ops.terraform.program import Provider
from ops.terraform.saved_state import ERRORED, STATE

# The state is a file here (ADR 31). A bucket is no host name on this machine.
LOCAL_OVERRIDE = """\
terraform {
  backend "local" {}
}

provider "aws" {
  s3_use_path_style = true
}

provider "aws" {
  alias             = "replica"
  s3_use_path_style = true
}
"""
OVERRIDE, INITIALIZED, PROVIDER_USED = "zz_override.tf", "initialized", "provider.txt"
LOCK_FILE = ".terraform.lock.hcl"
PROVIDER_CODE = PROJECT_ROOT / "terraform_provider"
OnMessages = Callable[[Messages], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The cloud that Terraform applies to, and its provider.

    endpoint: of the local cloud; None for AWS. backend: arguments of `init` with the state's place.
    """

    provider: Provider
    environment: Mapping[str, str]
    override: str = ""
    backend: Sequence[str] = ()
    source: Path = program.SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An initialized copy. code: with the state; beside it lie the output and the provider's settings."""

    directory: Path
    command: Sequence[str]
    version: str
    target: Target
    say: Callable[[str], None]

    @property
    def code(self) -> Path:
        return self.directory / "code"

    def run(self, verb: str, *arguments: str, on_messages: OnMessages = lambda _: None) -> process.Ran:
        """Run a subcommand that knows `-json`; the caller checks the exit status."""
        command = [*self.command, f"-chdir={self.code}", verb, "-json", *arguments]
        return process.run(
            self.directory, command, self.target.environment, on_messages, self.say, changes=verb != "plan"
        )

    def shown(self, *arguments: str) -> Any:
        """Return what `terraform show -json` prints of a plan, or of the state. Errors: CouldNotPlan."""
        return json.loads(self.text("show", "-json", *arguments))

    def text(self, verb: str, *arguments: str) -> str:
        """Return the output of a short-running verb. Errors: CouldNotPlan."""
        command = [*self.command, f"-chdir={self.code}", verb, *arguments]
        done = process.finished(command, self.target.environment)
        if done.returncode != 0:
            raise CouldNotPlan(f"terraform {verb} ended with status {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    @property
    def identity(self) -> str:
        """Digest the code, the provider and Terraform itself."""
        files = [*inputs.code_files(self.target.source)]
        texts = [self.version, self.target.override, *self.target.backend, self.target.provider.value]
        return inputs.digest(self.target.source, files, [*texts, provider_identity(self.target)])


def provider_identity(target: Target) -> str:
    """Digest the stand-in's code; of the real provider, the settings that say where it comes from."""
    if target.provider is Provider.STAND_IN:
        return inputs.digest(PROVIDER_CODE, inputs.provider_files(PROVIDER_CODE))
    settings = target.environment.get(program.SETTINGS, "")
    return Path(settings).read_text() if settings and Path(settings).is_file() else settings


def prepare(directory: Path, target: Target, say: Callable[[str], None]) -> Workspace:
    """Copy the code and initialize it, if anything has changed. Waits for the Terraform of a killed command.

    Errors: CouldNotPlan without Terraform or provider, or for code that Terraform cannot read.
    """
    found = program.find()
    directory.mkdir(parents=True, exist_ok=True)
    process.wait_for_earlier(directory, say)
    if not target.backend:
        saved_state.repair(directory / "code", say)
    environment = {**target.environment, **program.settings_for(target.provider, directory / "provider")}
    target = Target(
        provider=target.provider,
        environment=environment,
        override=target.override,
        backend=target.backend,
        source=target.source,
    )
    workspace = Workspace(directory=directory, command=found.command, version=found.version, target=target, say=say)
    initialize(workspace)
    return workspace


def initialize(workspace: Workspace) -> None:
    """Bring the copy up to date, and run `terraform init` where that could change anything."""
    marker = workspace.directory / INITIALIZED
    identity = workspace.identity
    if marker.is_file() and marker.read_text() == identity:
        return
    marker.unlink(missing_ok=True)
    copy_code(workspace.target.source, workspace.code)
    (workspace.code / OVERRIDE).write_text(workspace.target.override)
    (workspace.code / LOCK_FILE).unlink(missing_ok=True)  # it contains the checksum of an older stand-in
    command = [*workspace.command, f"-chdir={workspace.code}", "init", "-input=false", "-no-color", "-reconfigure"]
    done = process.finished([*command, *workspace.target.backend], workspace.target.environment)
    if done.returncode != 0:
        raise diagnostics.not_initialized(done.returncode, done.stderr, next_step_of_init(workspace.target))
    (workspace.directory / PROVIDER_USED).write_text(workspace.target.provider.value)
    marker.write_text(identity)


def next_step_of_init(target: Target) -> str:
    if target.backend:
        file = target.backend[0].removeprefix("-backend-config=")
        return (
            f"correct what it names. {diagnostics.CODE}/{file} says where the state is; step 1 of "
            'infrastructure/README.md, "First apply", writes that file. Where no registry can be reached, set '
            f"{program.SETTINGS} to a file that names a mirror"
        )
    return (
        "correct what it names. Where no registry can be reached, use the stand-in provider, or set "
        f"{program.SETTINGS} to a file that names a mirror"
    )


def last_provider(directory: Path) -> Provider:
    """Return the provider that a directory was last initialized with; the stand-in if unknown."""
    try:
        return Provider((directory / PROVIDER_USED).read_text())
    except (OSError, ValueError):
        return Provider.STAND_IN


def copy_code(source: Path, there: Path) -> None:
    """Replace the code, and keep Terraform's own files."""
    there.mkdir(parents=True, exist_ok=True)
    kept = {".terraform", STATE, ERRORED}
    for path in there.iterdir():
        if path.name in kept or path.name.startswith(STATE) or path.name.startswith(f".{STATE}"):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")
    shutil.copytree(source, there, ignore=ignored, dirs_exist_ok=True)
