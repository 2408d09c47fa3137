"""The policies of every role are as short as IAM demands, also in an environment whose name is as long as it gets."""

import json

import pytest

from localcloud.moto_only.checks.policy_lengths import INLINE, MANAGED, TRUST, length
from tests.terraform.permissions.roles import Document, World
from tests.terraform.plan import Plan
from tests.terraform.planning import LONGEST_OWNER, OF_OPTIONS, planned

pytestmark = pytest.mark.long

LONGEST_NAME = f"spendsense-staging-{LONGEST_OWNER}"


def size(world: World, document: Document) -> int:
    return length(json.dumps(document).replace(world.plan.name, LONGEST_NAME))


def too_long(plan: Plan) -> list[str]:
    """Name the roles and managed policies with what is longer than it may be."""
    world = World(plan)
    found = []
    for role in world.roles.values():
        inline = sum(size(world, each) for each in role.documents.values())
        found += [f"{role.name}: {inline} > {INLINE['role']}"] if inline > INLINE["role"] else []
        trust = size(world, role.trust)
        found += [f"{role.name}, trust: {trust} > {TRUST}"] if trust > TRUST else []
    for each in plan.of("aws_iam_policy"):
        managed = size(world, world.document(each["policy"]))
        found += [f"{each['name']}: {managed} > {MANAGED}"] if managed > MANAGED else []
    return found


def test_E2_policies_are_not_longer_than_iam_allows(plan: Plan) -> None:
    assert too_long(plan) == []


@pytest.mark.parametrize(
    "variant", [pytest.param(name, marks=() if name == "options" else pytest.mark.full) for name in OF_OPTIONS]
)
def test_E2_policies_are_not_longer_with_any_option(variant: str) -> None:
    plan = planned(variant)
    assert plan.of("aws_iam_role_policy", "operate")
    assert too_long(plan) == []
