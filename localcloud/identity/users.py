"""IAM's users with their access keys, and whether a role is still there, as moto has them."""

import sys
from typing import Any

from localcloud.authorization.principals import Kind, Principal
from localcloud.protocol.caller import Caller

ACTIVE = "Active"


def iam(account_id: str) -> Any:
    """Return moto's IAM; None while nothing is in it.

    Reads only, and may be called in any thread: each look-up in a dictionary is atomic. Waiting for moto's thread would
    take longer than the rest of a request's check. A look-up by the key would create and save the backend.
    """
    models = sys.modules.get("moto.iam.models")
    return None if models is None else dict.get(dict.get(models.iam_backends, account_id, {}), "aws")


def user_with(access_key_id: str, account_id: str) -> tuple[str, Caller] | None:
    """Return the secret and the user of an active access key; None if there is none."""
    backend = iam(account_id)
    key: Any = backend.access_keys.get(access_key_id) if backend else None
    if key is None or key.status != ACTIVE or key.user_name not in backend.users:
        return None
    user = backend.users[key.user_name]
    tags = {tag["Key"]: tag["Value"] for tag in backend.tagger.list_tags_for_resource(user.arn)["Tags"]}
    principal = Principal(kind=Kind.USER, arn=user.arn, account_id=account_id, user_id=user.id, tags=tags)
    return str(key.secret_access_key), Caller(principal, access_key_id)


def has_role(role_id: str, account_id: str) -> bool:
    """Say whether the role of a unique id exists. One of the same name that was created later has another id."""
    backend = iam(account_id)
    return backend is None or role_id in backend.roles


def has_device(user_arn: str, serial: str, account_id: str) -> bool:
    """Say whether an MFA device is enabled for a user. Call in moto's thread."""
    backend = iam(account_id)
    users = backend.users.values() if backend else ()
    return any(user.arn == user_arn and serial in user.mfa_devices for user in users)
