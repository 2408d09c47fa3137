"""KMS: a key's own policy can deny actions to every principal, and a key created without a usage encrypts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.kms import key_rotation, key_states
from localcloud.moto_only.principals import identities, invalid_principal, is_document

if TYPE_CHECKING:
    from moto.kms.responses import KmsResponse

GUARDED = {
    "disable_key": "kms:DisableKey",
    "disable_key_rotation": "kms:DisableKeyRotation",
    "put_key_policy": "kms:PutKeyPolicy",
    "schedule_key_deletion": "kms:ScheduleKeyDeletion",
}
"""Operations by which a key, or control of it, can be lost."""


def patch() -> None:
    """moto evaluates a key's policy only for DescribeKey, whomever it names, and leaves an omitted usage empty."""
    from moto.kms.models import KmsBackend
    from moto.kms.responses import KmsResponse

    for method, action in GUARDED.items():
        setattr(KmsResponse, method, _asking(getattr(KmsResponse, method), action))

    answering: Any = KmsResponse
    answering._validate_key_policy = _without_evaluation
    key_rotation.patch()
    key_states.patch()
    backend: Any = KmsBackend
    create = backend.create_key

    @wraps(create)
    def create_key(
        self: Any, policy: str | None, key_usage: str | None, key_spec: str, *arguments: Any, **named: Any
    ) -> Any:
        if key_usage is None and key_spec not in (None, "SYMMETRIC_DEFAULT"):
            # The API reference says that it is required; the words are ours.
            raise AwsError("ValidationException", f"KeyUsage is required for keys of {key_spec}.")
        _check_principals(policy, self.account_id)
        return create(self, policy, key_usage or "ENCRYPT_DECRYPT", key_spec, *arguments, **named)

    backend.create_key = create_key
    wrap(KmsBackend, "create_grant", checking(_check_grantees))
    wrap(
        KmsBackend, "put_key_policy", checking(lambda self, given: _check_principals(given["policy"], self.account_id))
    )


def _check_principals(policy: str | None, account_id: str) -> None:
    """Errors: AwsError MalformedPolicyDocumentException."""
    if policy and not is_document(policy):
        raise AwsError("MalformedPolicyDocumentException", "The policy is not a JSON object.")  # our own wording
    if policy and not json.loads(policy).get("Statement"):
        raise AwsError("MalformedPolicyDocumentException", "The policy has no Statement.")  # our own wording
    if policy and invalid_principal(policy, identities(account_id)):
        words = "Policy contains a statement with one or more invalid principals."
        raise AwsError("MalformedPolicyDocumentException", words)


def _check_grantees(backend: Any, given: Mapping[str, Any]) -> None:
    """Errors: AwsError InvalidArnException."""
    for arn in (given["grantee_principal"], given.get("retiring_principal")):
        statement = {"Statement": {"Effect": "Allow", "Principal": {"AWS": arn}}}
        if arn and arn.startswith("arn:") and invalid_principal(json.dumps(statement), identities(backend.account_id)):
            raise AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {arn}")


def _without_evaluation(self: KmsResponse, key_id: str, action: str) -> None:
    """Look the key up, as moto does; `enforcement/` evaluates its policy."""
    self.kms_backend.describe_key(self.kms_backend.get_key_id(key_id))


def _asking(method: Callable[..., str], action: str) -> Callable[..., str]:
    @wraps(method)
    def asking(self: Any) -> str:
        key = self.kms_backend.keys.get(self.kms_backend.get_key_id(self._get_param("KeyId") or ""))
        if key is not None and denies(key.policy, action):
            raise AwsError(
                "AccessDeniedException",
                f"User: arn:aws:iam::{self.current_account}:root is not authorized to perform: {action} on resource: "
                f"{key.arn} with an explicit deny in a resource-based policy",
            )
        return method(self)

    return asking


def denies(policy: str, action: str) -> bool:
    """Return whether the policy denies the action to every principal, regardless of the request's context."""
    statements = json.loads(policy)["Statement"]
    return any(
        statement["Effect"] == "Deny"
        and "Condition" not in statement
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and any(_fits(pattern, action) for pattern in _listed(statement.get("Action", [])))
        for statement in _listed(statements)
    )


def _fits(pattern: str, action: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
