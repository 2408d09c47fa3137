"""Policies of keys and buckets, and roles' trust: without any statement, something is decided otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from localcloud.authorization.decision import ResourcePolicyKind
from tests.terraform.permissions import trusted
from tests.terraform.permissions.roles import REGION, World
from tests.terraform.permissions.trusted import Case
from tests.terraform.plan import listed
from tests.terraform.planning import planned

pytestmark = pytest.mark.long

REPLICA = "us-west-2"
"""The region of the replica, by default."""
Judged = tuple[str, Mapping[str, Any], ResourcePolicyKind, list[Case]]


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """Give every such policy with its cases."""
    return list(every(World(planned("everything"))))


def every(world: World) -> Iterator[Judged]:
    for each in world.plan.of("aws_kms_key"):
        key = world.arns[each["arn"]]
        region = REPLICA if each.module.startswith("kms_replica") else REGION
        yield key, world.keys[key], ResourcePolicyKind.KEY, list(trusted.of_key(key, region))
    for each in world.plan.of("aws_s3_bucket_policy"):
        policy = world.document(each["policy"])
        [tls] = [statement for statement in policy["Statement"] if statement["Sid"] == "TlsOnly"]
        name = min(tls["Resource"], key=len).rpartition(":")[2]
        yield name, policy, ResourcePolicyKind.ORDINARY, list(trusted.of_bucket(name))
    for role in world.roles.values():
        yield role.name, role.trust, ResourcePolicyKind.TRUST, list(trusted.of_role(role, world))


def less(policy: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the policy without each action of each statement, and what was taken away."""
    statements = listed(policy["Statement"])
    for at, statement in enumerate(statements):
        for action in listed(statement["Action"]):
            left = [each for each in listed(statement["Action"]) if each != action]
            kept = [statement | {"Action": left}] if left else []
            named = f"{statement.get('Sid', at)} {action}"
            yield named, policy | {"Statement": [*statements[:at], *kept, *statements[at + 1 :]]}


def test_E2_keys_buckets_and_roles_let_in_whom_they_are_for_and_nobody_else(judged: list[Judged]) -> None:
    assert len(judged) > 15
    wrong = [
        f"{name}: {each.request.principal.arn} {each.request.action} should {'pass' if each.passes else 'be refused'}"
        for name, policy, kind, cases in judged
        for each in cases
        if each.decided(policy, kind) != each.passes
    ]
    assert wrong == []


def test_E2_each_statement_of_them_is_needed(judged: list[Judged]) -> None:
    unneeded = [
        f"{name}: {taken}"
        for name, policy, kind, cases in judged
        for taken, without in less(policy)
        if all(each.decided(without, kind) == each.passes for each in cases)
    ]
    assert unneeded == []
