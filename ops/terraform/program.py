"""Chooses the Terraform and the provider that a command runs, and their environment."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from ops.configuration import PROJECT_ROOT
from ops.errors import CouldNotPlan
from terraform_provider.runner import mirror, terraform

SOURCE = PROJECT_ROOT / "infrastructure" / "terraform"
NOWHERE = "http://127.0.0.1:9"
SETTINGS = "TF_CLI_CONFIG_FILE"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The local cloud's own; nobody else accepts them."""


class Provider(StrEnum):
    """The provider that Terraform uses."""

    STAND_IN = "stand-in"  # docs/terraform-provider.md
    AWS = "aws"  # hashicorp/aws, from the registry or from the mirror that Terraform's own settings name


def find() -> terraform.Terraform:
    """Return the Terraform to run. Errors: CouldNotPlan."""
    try:
        return terraform.find()
    except terraform.NoTerraform as exc:
        raise CouldNotPlan(str(exc), next_step=exc.next_step) from exc


def environment_of(endpoint: str | None) -> dict[str, str]:
    """Return the caller's environment with only the local cloud's credentials; requests can go only to `endpoint`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))}
    return kept | {
        **CREDENTIALS,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint or NOWHERE,
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"])),
        **UNATTENDED,
    }


UNATTENDED: Mapping[str, str] = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def settings_for(provider: Provider, directory: Path) -> dict[str, str]:
    """Return the variables by which Terraform finds the provider; writes the stand-in's settings there."""
    if provider is Provider.AWS:
        return {}
    directory.mkdir(parents=True, exist_ok=True)
    return {SETTINGS: str(mirror.write(directory))}
