"""The roles that people and jobs run `spendsense` under: sessions of them, from the local cloud itself."""

import json
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ROLES = {
    **dict.fromkeys(("build", "deploy", "diff", "verify"), "deploy"),
    **dict.fromkeys(("history", "logs", "rollback", "run", "scale", "status", "restart", "stop", "wait"), "operate"),
    **dict.fromkeys(("tasks", "events", "open", "exec", "port-forward", "approve", "reject", "lock"), "operate"),
    **dict.fromkeys(("drill", "recover"), "recover"),
}
"""Command -> the end of its role's name. Others, such as `up`, have the administrator's credentials."""
WAIT_S = 10
_sessions: dict[tuple[bytes, str], dict[str, str]] = {}


def credentials(home: Path, arguments: Sequence[str]) -> dict[str, str]:
    """Return the variables for a command; none before the local cloud has the role, or while it is not running."""
    role = ROLES.get(arguments[0]) if arguments else None
    name = arguments[arguments.index("--env") + 1] if "--env" in arguments else "local"
    return {} if role is None else session(home, name, role)


def session(home: Path, name: str, role: str) -> dict[str, str]:
    """Return the variables for a role (`deploy`) of an environment; none before there is one, or while it is down."""
    if not (home / name / "endpoint.json").exists():
        return {}
    # A session is good for an hour. Modules whose homes are copies, with one key that seals it, take longer together.
    key = ((home / name / "endpoint.json").read_bytes(), role)
    if key not in _sessions:
        try:
            _sessions[key] = _begin(home / name / "endpoint.json", f"spendsense-{name.removeprefix('like-')}-{role}")
        except (BotoCoreError, ClientError):
            return {}
    return _sessions[key]


def _begin(described: Path, role: str) -> dict[str, str]:
    local = json.loads(described.read_text())
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    config = Config(connect_timeout=WAIT_S, read_timeout=WAIT_S, retries={"max_attempts": 0})
    sts = boto3.client("sts", endpoint_url=local["endpoint"], region_name=local["region"], config=config, **keys)
    arn = f"arn:aws:iam::{local['account_id']}:role/{role}"
    given = sts.assume_role(RoleArn=arn, RoleSessionName="acceptance")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
