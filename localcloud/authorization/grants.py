"""KMS grants as statements of a resource-based policy.

Source: KMS Developer Guide, "Grants in AWS KMS" and "Using grant constraints".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.authorization.condition_operators import OPERATORS
from localcloud.authorization.conditions import Condition
from localcloud.authorization.policies import Policy, Statement
from localcloud.authorization.principals import Named

CONTEXT = "kms:EncryptionContext:"
KEYS = "kms:EncryptionContextKeys"
WITHOUT_CONTEXT = frozenset({"DescribeKey", "GetPublicKey"})
"""Operations that have no encryption context, so that constraints do not touch them."""
GRANTING, RETIRING = "CreateGrant", "RetireGrant"
GRANT_ID = "localcloud:GrantId"
"""Our own key: the grant that a request retires. AWS has none for it."""
OPERATIONS = "kms:GrantOperations"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A grant, as ListGrants shows it. `retiring`: who may retire it besides the grantee; empty for nobody.

    `equals`, `subset`: EncryptionContextEquals and -Subset, None without one.
    """

    grant_id: str
    grantee: str
    operations: Sequence[str]
    retiring: str = ""
    equals: Mapping[str, str] | None = field(default=None, hash=False)
    subset: Mapping[str, str] | None = field(default=None, hash=False)


def grant_policy(grant: Grant) -> Policy:
    """Return the policy that allows what a grant does."""
    free = [each for each in grant.operations if each in WITHOUT_CONTEXT]
    bound = [each for each in grant.operations if each not in (*WITHOUT_CONTEXT, GRANTING, RETIRING)]
    passing = [each for each in grant.operations if each == GRANTING]
    constraints = _constraints(grant)
    # A grant passes on no more than it gives itself, under the same constraints. Variables are off: what a constraint
    # says is plain text.
    own = Condition(key=OPERATIONS, values=tuple(grant.operations), operator=OPERATORS["StringEquals"], for_all=True)
    this = Condition(key=GRANT_ID, values=(grant.grant_id,), operator=OPERATORS["StringEquals"])
    retiring = [RETIRING] if RETIRING in grant.operations else []
    statements = [
        (grant.grantee, free, ()),
        (grant.grantee, bound, constraints),
        (grant.grantee, passing, (own, *constraints)),
        (grant.grantee, retiring, (this,)),
        (grant.retiring, [RETIRING] if grant.retiring else [], (this,)),
    ]
    return Policy(
        name=f"grant {grant.grant_id}",
        statements=tuple(
            Statement(
                label=grant.grant_id,
                is_allow=True,
                actions=tuple(f"kms:{each}" for each in operations),
                resources=("*",),
                principals=Named(aws=frozenset({who}), services=frozenset({who})),
                conditions=conditions,
                has_variables=False,
            )
            for who, operations, conditions in statements
            if operations
        ),
    )


def _constraints(grant: Grant) -> tuple[Condition, ...]:
    wanted = {**(grant.subset or {}), **(grant.equals or {})}
    pairs = tuple(
        Condition(key=f"{CONTEXT}{key}", values=(value,), operator=OPERATORS["StringEquals"])
        for key, value in wanted.items()
    )
    if grant.equals is None:
        return pairs
    only = Condition(key=KEYS, values=tuple(grant.equals), operator=OPERATORS["StringEquals"], for_all=True)
    return (*pairs, only)
