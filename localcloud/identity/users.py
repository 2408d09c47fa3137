"""IAM's users with their access keys, and whether a user or role is still there, as moto has them."""

from typing import Any

from localcloud.authorization.principals import Kind, Principal
from localcloud.moto.existing import backend_of
from localcloud.protocol.caller import ADMINISTRATOR_ID, Caller

ACTIVE = "Active"


def iam(account_id: str) -> Any:
    """Return moto's IAM; None while nothing is in it.

    May be called in any thread: waiting for moto's would take longer than the rest of a request's check.
    """
    return backend_of("iam", account_id)


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


def owner_of(who: Principal) -> str:
    """Return the unique id of the role or user whose permissions a principal has; empty for others."""
    match who.kind:
        case Kind.ROLE_SESSION:
            return who.user_id.partition(":")[0]
        case Kind.FEDERATED_USER:
            return who.issuer_id
        case Kind.USER:
            return who.user_id
    return ""


def has_owner(who: Principal) -> bool:
    """Return whether the role or user of a principal still exists. A later one of the same name has another id."""
    backend, unique_id = iam(who.account_id), owner_of(who)
    if backend is None or unique_id in ("", ADMINISTRATOR_ID) or unique_id in backend.roles:
        return True
    return any(user.id == unique_id for user in [*backend.users.values()])


def has_device(user_arn: str, serial: str, account_id: str) -> bool:
    """Return whether an MFA device is enabled for a user. Call in moto's thread."""
    backend = iam(account_id)
    users = backend.users.values() if backend else ()
    return any(user.arn == user_arn and serial in user.mfa_devices for user in users)
