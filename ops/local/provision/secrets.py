"""The local environment's secrets: created once, or updated to match database and cache."""

import json
import secrets
from typing import Any

from ops.aws.clients import Aws

DATABASE_USER = "spendsense"
DATABASE_NAME = "spendsense"
SECRET_BYTES = 32


def ensure_secrets(
    aws: Aws, password: str | None, database: dict[str, Any], cache: dict[str, Any]
) -> tuple[dict[str, str], bool]:
    """Make or update the five secrets; return their ARNs, and whether one that tasks may have read has changed.

    password: None when RDS keeps it, in a secret of its own.
    """
    name = aws.environment.prefix
    host, port = database["Address"], database["Port"]
    known = {} if password is None else {"password": password}
    user = ":".join((DATABASE_USER, *known.values()))
    url = f"postgresql://{user}@{host}:{port}/{DATABASE_NAME}"
    expected = {
        "database": {
            "username": DATABASE_USER,
            **known,
            "host": host,
            "port": port,
            "dbname": DATABASE_NAME,
            "url": url,
        },
        "redis": {"url": f"redis://{cache['Address']}:{cache['Port']}/0"},
    }
    once = {
        "jwt": {"secret_key": secrets.token_urlsafe(SECRET_BYTES)},
        "accounts": {"id_key": secrets.token_urlsafe(SECRET_BYTES)},
        "oauth": {
            "client_id": f"{name}-client",
            "client_secret": secrets.token_urlsafe(SECRET_BYTES),
        },
    }
    changed = False
    for part, value in (expected | once).items():
        kept = secret_value(aws, f"{name}/{part}")
        if kept is None:
            create_secret(aws, f"{name}/{part}", value)
        elif part in expected and kept != value:
            aws.secretsmanager.put_secret_value(SecretId=f"{name}/{part}", SecretString=json.dumps(value))
            changed = changed or "url" in kept
    arns = {part: aws.secretsmanager.describe_secret(SecretId=f"{name}/{part}")["ARN"] for part in expected | once}
    return arns, changed


def secret_value(aws: Aws, name: str) -> dict[str, Any] | None:
    """Read a secret; None when it does not exist. Secrets Manager GetSecretValue."""
    try:
        answer = aws.secretsmanager.get_secret_value(SecretId=name)
    except aws.secretsmanager.exceptions.ResourceNotFoundException:
        return None
    return json.loads(answer["SecretString"])  # type: ignore[no-any-return]


def create_secret(aws: Aws, name: str, value: dict[str, Any]) -> None:
    aws.secretsmanager.create_secret(Name=name, SecretString=json.dumps(value))
