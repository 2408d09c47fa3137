"""AWS Backup: access policies of vaults, as they were put. They have no effect here.

The words about a principal are AWS's. Those about a malformed policy and a missing one are unconfirmed.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from localcloud.errors import AwsError
from localcloud.moto.patching import result, wrap
from localcloud.moto_only.principals import identities, invalid_principal, is_document

T = TypeVar("T")

POLICIES = "vault_policies"
PATH = "{0}/backup-vaults/(?P<name>[^/]+)/access-policy$"
NEEDED = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
"""Elements of which each statement needs exactly one."""


def patch() -> None:
    """Add the operations, which moto lacks, and their path."""
    from moto.backup import urls
    from moto.backup.models import BackupBackend
    from moto.backup.responses import BackupResponse

    for operation in (
        put_backup_vault_access_policy,
        get_backup_vault_access_policy,
        delete_backup_vault_access_policy,
    ):
        setattr(BackupResponse, operation.__name__, operation)
    paths: dict[str, Any] = urls.url_paths
    paths[PATH] = urls.response.dispatch
    wrap(BackupBackend, "delete_backup_vault", _with_policy)


def put_backup_vault_access_policy(self: Any) -> Any:
    vault = _vault(self)
    policy = json.loads(self.body or "{}").get("Policy")
    _check(policy, self.current_account)
    _policies(self.backup_backend)[vault.backup_vault_name] = policy
    return result({})


def get_backup_vault_access_policy(self: Any) -> Any:
    vault = _vault(self)
    name, arn = vault.backup_vault_name, vault.backup_vault_arn
    policy = _policies(self.backup_backend).get(name)
    if policy is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not have an access policy.")
    return result({"BackupVaultName": name, "BackupVaultArn": arn, "Policy": policy})


def delete_backup_vault_access_policy(self: Any) -> Any:
    _policies(self.backup_backend).pop(_vault(self).backup_vault_name, None)
    return result({})


def _vault(answering: Any) -> Any:
    name = answering.path.split("/")[2]
    vault = answering.backup_backend.vaults.get(name)
    if vault is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not exist.")
    return vault


def _policies(backend: object) -> dict[str, str]:
    found: dict[str, str] = backend.__dict__.setdefault(POLICIES, {})
    return found


def _check(policy: object, account_id: str) -> None:
    """Errors: AwsError."""
    if not policy:
        raise AwsError("MissingParameterValueException", "The request must contain the parameter Policy.")
    if not isinstance(policy, str) or not is_document(policy) or not _has_statements(json.loads(policy)):
        raise AwsError("InvalidParameterValueException", "Provided policy document is not valid")
    if invalid_principal(policy, identities(account_id)):
        raise AwsError("InvalidParameterValueException", "Provided principal is not valid")


def _has_statements(policy: dict[str, object]) -> bool:
    """Return whether each statement has an effect, a principal, actions and resources, as a vault's policy needs."""
    found = policy.get("Statement")
    statements = found if isinstance(found, list) else [found]
    return bool(statements) and all(
        isinstance(each, dict)
        and each.get("Effect") in ("Allow", "Deny")
        and all(any(each.get(name) for name in pair) for pair in NEEDED)
        for each in statements
    )


def _with_policy(delete: Callable[..., T]) -> Callable[..., T]:
    @wraps(delete)
    def delete_backup_vault(self: object, backup_vault_name: str) -> T:
        deleted = delete(self, backup_vault_name)
        _policies(self).pop(backup_vault_name, None)
        return deleted

    return delete_backup_vault
