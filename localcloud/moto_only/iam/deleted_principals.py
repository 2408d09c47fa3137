"""Policies that name a deleted role or user: they show its unique id instead of its ARN.

AWS stores the id from the beginning, and shows the ARN as long as the role or user exists. So a new role of the same
name is not the one that a policy names. Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Unique
identifiers". For sessions (`assumed-role/NAME/session`) and KMS grants it says nothing; here the same rule applies.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from localcloud.moto.patching import wrap

VAULT_POLICIES = "vault_policies"
"""The attribute in which `backup/vault_policies.py` keeps them."""
NAMING = ("Principal", "NotPrincipal")

Rename = Callable[[str], str]
"""Returns the new name of an AWS principal; the same if it keeps its name."""


def patch() -> None:
    from moto.iam.models import IAMBackend

    wrap(IAMBackend, "delete_role", _with_ids("get_role"))
    wrap(IAMBackend, "delete_user", _with_ids("get_user"))


def _with_ids(find: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(delete: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(delete)
        def deleting(self: Any, name: str, *arguments: Any, **named: Any) -> Any:
            owner = getattr(self, find)(name)
            response = delete(self, name, *arguments, **named)
            rename_everywhere(self.account_id, by_id(owner.arn, owner.name, owner.id))
            return response

        return deleting

    return around


def by_id(arn: str, name: str, unique_id: str) -> Rename:
    """Return what replaces a role's or user's ARN by its unique id, also in the ARNs of a role's sessions."""
    kind = arn.split(":", 5)[5].partition("/")[0]

    def rename(principal: str) -> str:
        if principal == arn:
            return unique_id
        parts = principal.split("/")
        is_session = kind == "role" and len(parts) == 3 and parts[0].endswith(":assumed-role") and ":sts:" in parts[0]
        return f"{unique_id}:{parts[2]}" if is_session and parts[1] == name else principal

    return rename


def rename_everywhere(account_id: str, rename: Rename) -> None:
    """Rename principals in every stored policy of an account. Call in moto's thread."""
    for service, change in STORES.items():
        backends = getattr(sys.modules.get(f"moto.{service}.models"), f"{service}_backends", {})
        for region, backend in dict.items(dict.get(backends, account_id, {})):
            if change(backend, rename):
                backends[account_id][region]  # a look-up by the key has it saved


def renamed(policy: str, rename: Rename) -> str:
    """Return a policy with its principals renamed; the same text if none is."""
    try:
        document = json.loads(policy)
    except ValueError:
        return policy
    found = document.get("Statement") if isinstance(document, dict) else None
    changed = [
        _rename_in(statement, element, rename)
        for statement in (found if isinstance(found, list) else [found])
        if isinstance(statement, dict)
        for element in NAMING
    ]
    return json.dumps(document) if any(changed) else policy


def _rename_in(statement: dict[str, Any], element: str, rename: Rename) -> bool:
    principal = statement.get(element)
    if not isinstance(principal, dict) or "AWS" not in principal:
        return False
    named = principal["AWS"]
    new = [rename(str(each)) for each in named] if isinstance(named, list) else rename(str(named))
    if new == named:
        return False
    statement[element] = {**principal, "AWS": new}
    return True


def _texts(attribute: str, owners: Callable[[Any], Iterable[Any]]) -> Callable[[Any, Rename], bool]:
    """Return what renames principals in the policies in an attribute of objects, and says whether any changed."""

    def change(backend: Any, rename: Rename) -> bool:
        changed = [_change(owner, attribute, rename) for owner in owners(backend)]
        return any(changed)

    return change


def _change(owner: Any, attribute: str, rename: Rename) -> bool:
    stored = getattr(owner, attribute, None)
    text = stored.decode() if isinstance(stored, bytes) else stored
    if not isinstance(text, str):
        return False
    new = renamed(text, rename)
    if new == text:
        return False
    setattr(owner, attribute, new.encode() if isinstance(stored, bytes) else new)
    return True


def _keys(backend: Any, rename: Rename) -> bool:
    changed = [_change(key, "policy", rename) for key in backend.keys.values()]
    for grant in [grant for key in backend.keys.values() for grant in key.grants.values()]:
        for name in ("grantee_principal", "retiring_principal"):
            before = getattr(grant, name)
            if before and rename(before) != before:
                setattr(grant, name, rename(before))
                changed.append(True)
    return any(changed)


def _vaults(backend: Any, rename: Rename) -> bool:
    policies: dict[str, str] = getattr(backend, VAULT_POLICIES, {})
    new = {name: renamed(policy, rename) for name, policy in policies.items()}
    changed = new != policies
    policies.update(new)
    return changed


def _buses(backend: Any, rename: Rename) -> bool:
    statements = [each for bus in backend.event_buses.values() for each in bus._statements.values()]
    changed = False
    for each in statements:
        held = {"Principal": each.principal}
        if _rename_in(held, "Principal", rename):
            each.principal, changed = held["Principal"], True
    return changed


STORES: Mapping[str, Callable[[Any, Rename], bool]] = {
    "backup": _vaults,
    "ec2": _texts("policy_document", lambda backend: backend.vpc_end_points.values()),
    "ecr": _texts("policy", lambda backend: backend.repositories.values()),
    "events": _buses,
    "iam": _texts("assume_role_policy_document", lambda backend: backend.roles.values()),
    "kms": _keys,
    "s3": _texts("policy", lambda backend: backend.buckets.values()),
    "secretsmanager": _texts("policy", lambda backend: backend.secrets.values()),
    "sns": _texts("policy", lambda backend: backend.topics.values()),
    "sqs": _texts("policy", lambda backend: backend.queues.values()),
}
"""moto's package -> the function that renames principals in its policies, and says whether any changed."""
