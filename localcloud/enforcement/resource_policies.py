"""The policies of the resources that a call uses. Call in moto's thread.

S3's buckets, KMS's keys with their grants, roles (their trust), secrets, topics, queues, repositories and backup vaults
have them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.authorization.decision import ResourcePolicyKind
from localcloud.authorization.grants import Grant, grant_policy
from localcloud.authorization.policies import Policy
from localcloud.authorization.resources import Place
from localcloud.enforcement.documents import Document, document
from localcloud.enforcement.stored_resources import (
    bucket_of,
    key_of,
    queue_of,
    repository_of,
    role_of,
    secret_of,
    topic_of,
)
from localcloud.moto.existing import backend_of

VAULT_POLICIES = "vault_policies"
"""The attribute in which `moto_only/backup/vault_policies.py` keeps them."""
CONSTRAINED_KEYS = frozenset({"kms:encryptioncontextkeys"})


@dataclass(frozen=True, kw_only=True, eq=False)
class OfResource:
    """`documents`: the resource's own, and one for each grant."""

    documents: tuple[Document, ...] = ()
    kind: ResourcePolicyKind = ResourcePolicyKind.ORDINARY


NONE = OfResource()


def policies_on(action: str, resource: str, place: Place) -> OfResource:
    """Return the policies of a resource, by its ARN."""
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return NONE
    service = parts[2]
    if service == "iam":
        return _trust(resource, place) if action.startswith("sts:") else NONE
    find = BY_SERVICE.get(service)
    return find(resource, parts[5], Place(account_id=place.account_id, region=parts[3])) if find else NONE


def _only(text: object, name: str, kind: ResourcePolicyKind = ResourcePolicyKind.ORDINARY) -> OfResource:
    if not text:
        return NONE
    if isinstance(text, bytes):
        text = text.decode()
    return OfResource(documents=(document(text if isinstance(text, str) else json.dumps(text), name),), kind=kind)


def _trust(arn: str, place: Place) -> OfResource:
    role = role_of(place.account_id, arn)
    if role is None:  # nobody may assume a role that does not exist
        return OfResource(kind=ResourcePolicyKind.TRUST)
    return _only(role.assume_role_policy_document, role.arn, ResourcePolicyKind.TRUST)


def _bucket(arn: str, own: str, place: Place) -> OfResource:
    return _only(getattr(bucket_of(place.account_id, own.partition("/")[0]), "policy", None), arn.partition("/")[0])


def _key(arn: str, own: str, place: Place) -> OfResource:
    key = key_of(place.account_id, place.region, own)
    if key is None or not own.startswith("key/"):
        return NONE
    grants = (_granted(grant) for grant in key.grants.values())
    return OfResource(documents=(document(key.policy, key.arn), *grants), kind=ResourcePolicyKind.KEY)


def _granted(stored: Any) -> Document:
    constraints: Mapping[str, Any] = stored.constraints or {}
    policy: Policy = grant_policy(
        Grant(
            grant_id=stored.id,
            grantee=stored.grantee_principal,
            operations=tuple(stored.operations),
            retiring=stored.retiring_principal or "",
            equals=constraints.get("EncryptionContextEquals"),
            subset=constraints.get("EncryptionContextSubset"),
        )
    )
    mentioned = {each.key.lower() for statement in policy.statements for each in statement.conditions}
    return Document(f"grant {stored.id}", policy, frozenset(mentioned) | CONSTRAINED_KEYS)


def _secret(arn: str, own: str, place: Place) -> OfResource:
    return _only(getattr(secret_of(place.account_id, place.region, arn), "policy", None), arn)


def _topic(arn: str, own: str, place: Place) -> OfResource:
    return _only(getattr(topic_of(place.account_id, place.region, arn), "policy", None), arn)


def _queue(arn: str, own: str, place: Place) -> OfResource:
    return _only(getattr(queue_of(place.account_id, place.region, own), "policy", None), arn)


def _repository(arn: str, own: str, place: Place) -> OfResource:
    name = own.removeprefix("repository/")
    return _only(getattr(repository_of(place.account_id, place.region, name), "policy", None), arn)


def _vault(arn: str, own: str, place: Place) -> OfResource:
    stored = getattr(backend_of("backup", place.account_id, place.region), VAULT_POLICIES, {})
    return _only(stored.get(own.removeprefix("backup-vault:")), arn)


BY_SERVICE: Mapping[str, Callable[[str, str, Place], OfResource]] = {
    "backup": _vault,
    "ecr": _repository,
    "kms": _key,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
