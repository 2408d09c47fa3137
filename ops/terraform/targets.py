"""The target of a Terraform run: a local cloud, or an environment on AWS, with its arguments."""

import os
from collections.abc import Sequence
from pathlib import Path

from ops.aws.sessions import local_credentials
from ops.configuration import owner_of, profile_of
from ops.environment import EnvironmentName, LocalEndpoint, owner_id_of
from ops.terraform.program import UNATTENDED, Provider, environment_of
from ops.terraform.workspace import LOCAL_OVERRIDE, Target

DIRECTORY = "terraform"


def local_target(local: LocalEndpoint, provider: Provider) -> Target:
    """Return a local cloud as a target. The caller's Terraform variables, and identity on AWS, do not apply to it."""
    settings = environment_of(local.endpoint) | {"AWS_REGION": local.region} | _session()
    return Target(provider=provider, environment=settings, override=LOCAL_OVERRIDE)


def _session() -> dict[str, str]:
    """Return the variables of the local cloud's session that this shell has; none for the administrator."""
    access_key_id, secret, token = local_credentials()
    if token is None:
        return {}
    return {"AWS_ACCESS_KEY_ID": access_key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def aws_target(name: EnvironmentName) -> Target:
    """Return an environment on AWS as a target: the caller's identity, and the state in its bucket."""
    profile = profile_of(name.value)
    identity = {"AWS_PROFILE": profile} if profile else {}
    environment = {**os.environ, **identity, **UNATTENDED}
    return Target(provider=Provider.AWS, environment=environment, backend=[*_backend_of(name)])


def _backend_of(name: EnvironmentName) -> Sequence[str]:
    owner = _owner(name)
    place = [f"-backend-config=environments/{name}.s3.tfbackend"]
    return [*place, f"-backend-config=key={name}/{owner}/terraform.tfstate"] if owner else place


def _owner(name: EnvironmentName) -> str:
    return owner_id_of(*owner_of(name.value))


def arguments(name: EnvironmentName, values: Path | None = None, variables: Sequence[str] = ()) -> list[str]:
    """Return the arguments that give a plan its variables. values: a file read after the environment's own."""
    owner = _owner(name) if not name.is_local else ""
    return [
        f"-var-file=environments/{name.settings}.tfvars",
        *([f"-var-file={values}"] if values else []),
        *([f"-var=owner_id={owner}"] if owner else []),
        *(f"-var={each}" for each in variables),
    ]
