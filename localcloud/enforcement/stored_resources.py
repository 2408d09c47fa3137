"""Reads moto's stored resources without creating anything. Call in moto's thread."""

from collections.abc import Iterator
from typing import Any

from localcloud.moto.existing import backend_of


def key_of(account_id: str, region: str, named: str) -> Any:
    """Find a KMS key by id, ARN, alias or the ARN of an alias; None if there is none."""
    parts = named.split(":", 5)
    if parts[0] == "arn":
        if len(parts) < 6 or parts[2] != "kms":
            return None
        region, named = parts[3], parts[5]
    backend = backend_of("kms", account_id, region)
    if backend is None:
        return None
    if named.startswith("alias/"):
        return next((key for key in backend.keys.values() if named in key.aliases), None)
    return backend.keys.get(named.removeprefix("key/"))


def grant_of(account_id: str, region: str, token: str) -> Any:
    """Find a grant by its token; None if there is none."""
    backend = backend_of("kms", account_id, region)
    grants = (grant for key in (backend.keys.values() if backend else ()) for grant in key.grants.values())
    return next((grant for grant in grants if grant.token == token), None)


def secret_of(account_id: str, region: str, named: str) -> Any:
    """Find a secret by name, ARN or ARN without its suffix; None if there is none."""
    backend = backend_of("secretsmanager", account_id, region)
    return None if backend is None else backend.secrets.get(named)


def bucket_of(account_id: str, name: str) -> Any:
    backend = backend_of("s3", account_id)
    return None if backend is None else dict.get(backend.buckets, name)


def topic_of(account_id: str, region: str, arn: str) -> Any:
    backend = backend_of("sns", account_id, region)
    return None if backend is None else backend.topics.get(arn)


def queue_of(account_id: str, region: str, name: str) -> Any:
    backend = backend_of("sqs", account_id, region)
    return None if backend is None else backend.queues.get(name)


def table_of(account_id: str, region: str, name: str) -> Any:
    backend = backend_of("dynamodb", account_id, region)
    return None if backend is None else backend.tables.get(name.rpartition("/")[2])


def repository_of(account_id: str, region: str, name: str) -> Any:
    backend = backend_of("ecr", account_id, region)
    return None if backend is None else backend.repositories.get(name)


def secure_parameters(account_id: str, region: str, named: str, *, below: bool = False) -> Iterator[Any]:
    """Yield the newest version of a SecureString by name or ARN, or of all whose names begin with it."""
    backend = backend_of("ssm", account_id, region)
    known: Any = {} if backend is None else backend._parameters
    name = named.partition(":parameter")[2] if named.startswith("arn:") else named.partition(":")[0]
    for each in [*dict.keys(known)] if below else (name, name.removeprefix("/")):
        versions = dict.get(known, each) if each.startswith(name) or not below else None
        if versions and versions[-1].parameter_type == "SecureString":
            yield versions[-1]


def role_of(account_id: str, arn: str) -> Any:
    """Find a role by ARN, with or without its path, or by name; None if there is none."""
    backend = backend_of("iam", account_id)
    name = arn.rpartition("/")[2]
    found = [] if backend is None else [role for role in backend.roles.values() if role.name == name]
    return next((role for role in found if arn in (role.arn, name)), None)
