"""The roles with which people and jobs plan and apply, as infrastructure/bootstrap makes them in a local cloud."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from ops.terraform import workspace
from ops.terraform.program import SOURCE, Provider, environment_of
from ops.terraform.workspace import Target

ENVIRONMENT = "dev"
"""That they are named after; `local` has a state of its own, in a file."""
PREFIX = f"spendsense-terraform-{ENVIRONMENT}"
ROLES = ("aws_iam_role_policy_attachment.github", "aws_iam_role_policy.github_plan")
# A bucket is no host name here.
OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'


def make(described: Mapping[str, Any], iam: Any, repository: str) -> None:
    """Make the roles where they are not there yet. described: the local cloud's endpoint.json."""
    try:
        iam.get_role(RoleName=f"{PREFIX}-plan")
    except ClientError:
        with TemporaryDirectory(prefix="bootstrap-") as directory:
            apply(Path(directory), described, variables(iam, repository))


def variables(iam: Any, repository: str) -> dict[str, str]:
    """Return the variables; an account has one provider for GitHub's tokens."""
    wanted = {
        "environments": f'["{ENVIRONMENT}"]',
        "github_repository": repository,
        "github_repository_ids": "{owner=1,repository=2}",
    }
    known = [each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    return wanted | ({"github_oidc_provider_arn": known[0]} if known else {})


def apply(directory: Path, described: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    """Apply the code's roles as the administrator."""
    shutil.copytree(SOURCE / "modules", directory / "terraform" / "modules")
    settings = environment_of(described["endpoint"]) | {"AWS_REGION": described["region"]}
    target = Target(
        provider=Provider.STAND_IN, environment=settings, override=OVERRIDE, source=SOURCE.parent / "bootstrap"
    )
    said: list[str] = []
    prepared = workspace.prepare(directory, target, said.append)
    arguments = [*(f"-target={each}" for each in ROLES), *(f"-var={name}={value}" for name, value in wanted.items())]
    ran = prepared.run("apply", "-input=false", "-auto-approve", *arguments)
    assert ran.status == 0, f"{said}\n{(directory / 'output.jsonl').read_text()}"
