"""The roles that people and jobs run `spendsense` under: sessions of them, from the local cloud itself."""

import json
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.acceptance import terraform_roles

ROLES = {
    **dict.fromkeys(("build", "deploy", "diff", "verify", "promote"), "deploy"),
    **dict.fromkeys(("history", "logs", "rollback", "run", "scale", "status", "restart", "stop", "wait"), "operate"),
    **dict.fromkeys(("tasks", "events", "open", "exec", "port-forward", "approve", "reject", "lock"), "operate"),
    "doctor": "operate",
    **dict.fromkeys(("drill", "recover"), "recover"),
    **dict.fromkeys(("plan", "drift", "permissions"), "plan"),
    **dict.fromkeys(("destroy", "secrets"), "apply"),
}
"""Command -> the end of its role's name."""
WITHOUT_ROLE = {
    "up": "its apply makes the roles",
    "down": "ends processes",
    "cost": "prices a plan, without an account",
    "faults": "asks the local cloud itself",
}
"""The other commands, each with the reason."""
OF_TERRAFORM = ("plan", "apply")
"""Roles that infrastructure/bootstrap makes."""
REPOSITORY = "local/spendsense"
"""Of environments/local.tfvars."""
NO_ROLE = "NoSuchEntity"
WAIT_S = 10
TOKEN_S = 60
"""Seconds for a token: the issuer creates its key for the first one."""
GITHUB = "token.actions.githubusercontent.com"
USED_FOR_S = 45 * 60
"""Seconds after which another session is begun: one is good for an hour, and a command may take a while."""
_sessions: dict[tuple[str, str], tuple[float, dict[str, str]]] = {}


def credentials(home: Path, arguments: Sequence[str]) -> dict[str, str]:
    """Return the variables for a command; none before the local cloud has the role, or while it is not running."""
    role = ROLES.get(arguments[0]) if arguments else None
    return {} if role is None else session(home, environment_in(arguments), role)


def environment_in(arguments: Sequence[str]) -> str:
    """Return the environment that a command names."""
    following = dict(pairwise(arguments))
    return following.get("--env") or (f"like-{following['--like']}" if "--like" in following else "local")


def session(home: Path, name: str, role: str) -> dict[str, str]:
    """Return the variables for a role (`deploy`) of an environment; none before there is one, or while it is down."""
    described = home / name / "endpoint.json"
    if not described.exists():
        return {}
    # Modules whose homes are copies, with one key that seals sessions, take longer together than a session is good for,
    # and so does a module with three clouds. A session is good at every address of its cloud, a proxy's included.
    cloud = json.loads(described.read_text())
    key = (json.dumps({**cloud, "endpoint": None}), role)
    begun_at, variables = _sessions.get(key, (0.0, {}))
    if not variables or time.monotonic() - begun_at > USED_FOR_S:
        try:
            _sessions[key] = (time.monotonic(), cloud_of(home, name).begin(name, role))
        except BotoCoreError:
            return {}
        except ClientError as error:
            if error.response["Error"]["Code"] != NO_ROLE:
                raise
            return {}
    return _sessions[key][1]


def cloud_of(home: Path, name: str) -> "Cloud":
    """Read where an environment's local cloud is."""
    return Cloud(json.loads((home / name / "endpoint.json").read_text()))


class Cloud:
    """A local cloud, as its endpoint.json describes it."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.described = described

    def begin(self, name: str, role: str) -> dict[str, str]:
        """Begin a session: a job's, for what the workflows do and where GitHub's tokens are trusted, or a person's."""
        if role in OF_TERRAFORM:
            # What an unfinished `up` has yet to create is its own: this raises NO_ROLE then.
            provider = f"arn:aws:iam::{self.described['account_id']}:oidc-provider/{GITHUB}"
            self.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=provider)
            terraform_roles.make(self.described, self.client("iam"), REPOSITORY)
            return self.as_job(f"{terraform_roles.PREFIX}-{role}", f"{terraform_roles.ENVIRONMENT}-{role}")
        full_name = f"spendsense-{name.removeprefix('like-')}-{role}"
        self.client("iam").get_role(RoleName=full_name)
        if name == "local" and role == "deploy":
            return self.as_job(full_name, name)
        given = self.client("sts").assume_role(RoleArn=self.arn(full_name), RoleSessionName="acceptance")
        return variables(given["Credentials"])

    def as_job(self, role: str, environment: str, **claims: str) -> dict[str, str]:
        """Begin a session by a token of the local issuer, as a job of this GitHub environment does."""
        facts = {"repository": REPOSITORY, "environment": environment, **claims}
        issuer = f"{self.described['endpoint']}/_localcloud/oidc/token"
        answer = httpx.post(issuer, json=facts, trust_env=False, timeout=TOKEN_S)
        given = self.client("sts").assume_role_with_web_identity(
            RoleArn=self.arn(role), RoleSessionName="acceptance", WebIdentityToken=answer.json()["value"]
        )
        return variables(given["Credentials"])

    def arn(self, role: str) -> str:
        return f"arn:aws:iam::{self.described['account_id']}:role/{role}"

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.described["endpoint"],
            region_name=self.described["region"],
            config=Config(connect_timeout=WAIT_S, read_timeout=WAIT_S, retries={"max_attempts": 0}),
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def variables(given: Mapping[str, str]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
