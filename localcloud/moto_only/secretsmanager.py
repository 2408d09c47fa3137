"""Secrets Manager: rotation requires a function; moving AWSCURRENT changes the version that is read by default."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from localcloud.errors import AwsError, not_offered
from localcloud.moto.kms_keys import check_named, check_usable
from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.principals import identities, invalid_principal, is_document

NOT_DECRYPTED = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
NOT_ENCRYPTED = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)
BEING_DELETED = "You can't create this secret because a secret with this name is already scheduled for deletion."
MARKED = "You can't perform this operation on the secret because it was marked for deletion."
OF_KEPT = (
    *("get_secret_value", "put_secret_value", "update_secret", "update_secret_version_stage", "rotate_secret"),
    *("cancel_rotate_secret", "tag_resource", "untag_resource", "put_resource_policy", "delete_resource_policy"),
    *("delete_secret", "replicate_secret_to_regions", "remove_regions_from_replication"),
)
"""Methods of moto that AWS refuses for a secret that is marked for deletion."""
NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."


def patch() -> None:
    """moto moves only the label: readers that do not name a stage, such as ECS, would still get the old value."""
    from moto.secretsmanager.exceptions import OperationNotPermittedOnReplica
    from moto.secretsmanager.models import ReplicaSecret, SecretsManagerBackend

    backend: Any = SecretsManagerBackend
    move = backend.update_secret_version_stage

    def update_secret_version_stage(
        self: Any, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> Any:
        if isinstance(self.secrets.get(secret_id), ReplicaSecret):
            raise OperationNotPermittedOnReplica
        response = move(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT" and move_to_version_id:
            self.secrets[secret_id].default_version_id = move_to_version_id
        return response

    backend.get_secret_value = _with_usable_key(backend.get_secret_value)
    backend.create_secret = _with_free_name(backend.create_secret)
    backend._add_secret = _with_usable_key_for(backend._add_secret)
    wrap(SecretsManagerBackend, "put_resource_policy", checking(_check_principals))
    backend.rotate_secret = _with_function(backend.rotate_secret)
    backend.update_secret_version_stage = update_secret_version_stage
    for name in OF_KEPT:
        wrap(SecretsManagerBackend, name, checking(_check_kept))
    backend.batch_get_secret_value = batch_get_secret_value
    backend.list_secret_version_ids = _refusing_unknown(backend.list_secret_version_ids)


def batch_get_secret_value(
    self: Any,
    secret_id_list: Sequence[str] | None = None,
    filters: list[dict[str, Any]] | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, str]], str | None]:
    """Read each secret, and list those that cannot be read as errors; moto refuses the batch for some of them."""
    from moto.secretsmanager.exceptions import SecretsManagerClientError
    from moto.secretsmanager.models import _matches

    if secret_id_list and filters:
        raise AwsError(
            "InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both."
        )
    if max_results and not filters:
        only = "'Filters' must also be specified when 'MaxResults' is provided."
        raise AwsError("InvalidParameterException", f"'Filters' not specified. {only}")
    ids = secret_id_list or [
        name for name, each in self.secrets.items() if not each.is_deleted() and _matches(each, filters or [])
    ]
    found, errors = [], []
    for each in ids:
        try:
            found.append(self.get_secret_value(each, "", ""))
        except AwsError as error:
            errors.append({"SecretId": each, "ErrorCode": error.code, "Message": str(error)})
        except SecretsManagerClientError as error:
            errors.append({"SecretId": each, "ErrorCode": error.error_type, "Message": error.message})
    page, token = self._get_secret_values_page_and_next_token(found, max_results, next_token)
    return page, errors, token


def _with_free_name(create: Callable[..., str]) -> Callable[..., str]:
    @wraps(create)
    def create_secret(self: Any, name: str, *args: Any, **kwargs: Any) -> str:
        if name in self.secrets and (deleted := self.secrets[name]).is_deleted():
            if deleted.deleted_date > time.time():
                raise AwsError("InvalidRequestException", BEING_DELETED)
            self.secrets.pop(name)  # moto never deletes it
        return create(self, name, *args, **kwargs)

    return create_secret


def _check_kept(backend: Any, given: Mapping[str, Any]) -> None:
    """Check that a secret is not marked for deletion. Errors: AwsError."""
    named = given.get("secret_id") or given.get("arn") or ""
    is_forced = given.get("force_delete_without_recovery", False)
    if named in backend.secrets and backend.secrets[named].is_deleted() and not is_forced:
        raise AwsError("InvalidRequestException", MARKED)


def _key_of(secret: Any) -> str | None:
    """Return the key that encrypts the secret; a replica has one of its own region."""
    from moto.secretsmanager.models import ReplicaSecret

    key: str | None = secret.config["KmsKeyId"] if isinstance(secret, ReplicaSecret) else secret.kms_key_id
    return key


def _with_usable_key(read: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(read)
    def get_secret_value(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        response = read(self, secret_id, *args, **kwargs)
        key = _key_of(self.secrets[secret_id])
        check_usable(self.account_id, self.region_name, key, "DecryptionFailure", NOT_DECRYPTED)
        return response

    return get_secret_value


def _with_usable_key_for(add: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(add)
    def add_secret(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        known = _key_of(self.secrets[secret_id]) if secret_id in self.secrets else None
        where = self.account_id, self.region_name
        check_named(*where, kwargs.get("kms_key_id"), "EncryptionFailure", NOT_ENCRYPTED)
        check_usable(*where, kwargs.get("kms_key_id") or known, "EncryptionFailure", NOT_ENCRYPTED)
        return add(self, secret_id, *args, **kwargs)

    return add_secret


def _check_principals(backend: Any, given: Mapping[str, Any]) -> None:
    policy = given["policy"]
    if not is_document(policy):
        raise AwsError("MalformedPolicyDocumentException", "This policy has invalid syntax.")
    if invalid_principal(policy, identities(backend.account_id)):
        words = "This resource policy contains an unsupported principal."
        raise AwsError("MalformedPolicyDocumentException", words)


def _with_function(rotate: Callable[..., str]) -> Callable[..., str]:
    """Refuse a rotation without a function: moto would make a version without a value the current one."""

    from moto.secretsmanager.models import FakeSecret

    @wraps(rotate)
    def rotate_secret(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> str:
        secret = self.secrets[secret_id] if self._is_valid_identifier(secret_id) else None
        given = kwargs.get("rotation_lambda_arn") or (args[1] if len(args) > 1 else None)
        if isinstance(secret, FakeSecret) and not secret.is_deleted():
            if getattr(secret, "owning_service", None):
                raise not_offered(f"RotateSecret of a secret that {secret.owning_service} manages")
            if not (given or getattr(secret, "rotation_lambda_arn", "")):
                raise AwsError("InvalidRequestException", NO_FUNCTION)
        return rotate(self, secret_id, *args, **kwargs)

    return rotate_secret


def _refusing_unknown(list_ids: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    def list_secret_version_ids(self: Any, secret_id: str) -> str:
        from moto.secretsmanager.exceptions import SecretNotFoundException

        if not self._is_valid_identifier(secret_id):
            raise SecretNotFoundException
        return list_ids(self, secret_id)

    return list_secret_version_ids
