"""Policies of resources, and roles' trust: without any statement, something is decided otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.authorization.decision import ResourcePolicyKind
from tests.terraform.permissions import trusted
from tests.terraform.permissions.roles import REGION, World
from tests.terraform.permissions.trusted import Case
from tests.terraform.plan import Plan, Resource, listed
from tests.terraform.planning import planned

pytestmark = pytest.mark.long

REPLICA = "us-west-2"
"""The region of the replica, by default."""
OF_IDENTITIES = "aws_iam_role_policy"
"""Policies of what a role may do: test_statements.py and test_state.py."""
STATE_USERS = {"prod": ["arn:aws:iam::123456789012:role/platform"]}
"""Of planning.BOOTSTRAP."""


@dataclass(frozen=True)
class PolicyCases:
    """A policy with its cases. `where`: the resource that carries it."""

    where: str
    policy: Mapping[str, Any]
    kind: ResourcePolicyKind
    cases: list[Case]


@pytest.fixture(
    scope="module", params=["everything", "options", pytest.param("local", marks=pytest.mark.full), "bootstrap"]
)
def policy_cases(request: pytest.FixtureRequest, bootstrap: Plan) -> list[PolicyCases]:
    """Return every such policy of a plan with its cases."""
    world = World(bootstrap if request.param == "bootstrap" else planned(request.param))
    return list(every(world))


def every(world: World) -> Iterator[PolicyCases]:
    resources = {each.address: each for each in world.plan.resources}
    for where, _ in world.plan.policies():
        address, _, attribute = where.rpartition(".")
        resource = resources[address]
        if resource.type != OF_IDENTITIES:
            kind, cases = CASES[resource.type](resource, world)
            yield PolicyCases(address, world.document(resource[attribute]), kind, list(cases))


Cases = tuple[ResourcePolicyKind, Iterator[Case]]


def of_key(resource: Resource, world: World) -> Cases:
    key = world.arns[resource["arn"]]
    if world.plan.variant == "bootstrap":
        return ResourcePolicyKind.KEY, trusted.of_state_key(key)
    region = REPLICA if resource.module.startswith("kms_replica") else REGION
    return ResourcePolicyKind.KEY, trusted.of_key(key, region, is_protected=world.plan.environment == "prod")


def of_bucket(resource: Resource, world: World) -> Cases:
    is_of_states = world.plan.variant == "bootstrap"
    cases = trusted.of_state_bucket if is_of_states else trusted.of_bucket
    [tls] = [each for each in world.document(resource["policy"])["Statement"] if each["Sid"] == "TlsOnly"]
    return ResourcePolicyKind.ORDINARY, cases(min(tls["Resource"], key=len).rpartition(":")[2])


def of_trust(resource: Resource, world: World) -> Cases:
    role = world.roles[resource["name"]]
    if world.plan.variant != "bootstrap":
        cases = trusted.of_role(role, world)
    elif resource.name == "github":
        cases = trusted.of_terraform_role(role, world)
    else:
        cases = trusted.of_state_role(role, STATE_USERS.get(str(resource.index), []))
    return ResourcePolicyKind.TRUST, cases


def of_topic(resource: Resource, _: World) -> Cases:
    return ResourcePolicyKind.ORDINARY, trusted.of_topic(resource["arn"], has_events=resource.name != "replica")


def of_repository(resource: Resource, world: World) -> Cases:
    repository = world.arns[world.plan.one("aws_ecr_repository")["arn"]]
    return ResourcePolicyKind.ORDINARY, trusted.of_repository(repository)


def of_endpoint(resource: Resource, _: World) -> Cases:
    """Requests that an endpoint's policy does not allow do not pass, as with a key's."""
    service = resource["service_name"].removeprefix(f"com.amazonaws.{REGION}.")
    return ResourcePolicyKind.KEY, trusted.of_endpoint(service)


CASES = {
    "aws_kms_key": of_key,
    "aws_s3_bucket_policy": of_bucket,
    "aws_iam_role": of_trust,
    "aws_sns_topic_policy": of_topic,
    "aws_ecr_repository_policy": of_repository,
    "aws_vpc_endpoint": of_endpoint,
}
"""Every type of resource with a policy -> its cases."""


def less(policy: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the policy without each action of each statement, and what was taken away."""
    statements = listed(policy["Statement"])
    for at, statement in enumerate(statements):
        for action in listed(statement["Action"]):
            left = [each for each in listed(statement["Action"]) if each != action]
            kept = [statement | {"Action": left}] if left else []
            named = f"{statement.get('Sid', at)} {action}"
            yield named, policy | {"Statement": [*statements[:at], *kept, *statements[at + 1 :]]}


def test_E2_a_resource_and_a_role_let_in_whom_they_are_for_and_nobody_else(policy_cases: list[PolicyCases]) -> None:
    assert len(policy_cases) > 10
    wrong = [
        f"{each.where}: {case.request.principal.arn} {case.request.action} on {case.request.resource} "
        f"should {'pass' if case.passes else 'be refused'}"
        for each in policy_cases
        for case in each.cases
        if case.decided(each.policy, each.kind) != case.passes
    ]
    assert wrong == []


def test_E2_each_statement_of_them_is_needed(policy_cases: list[PolicyCases]) -> None:
    unneeded = [
        f"{each.where}: {taken}"
        for each in policy_cases
        for taken, without in less(each.policy)
        if all(case.decided(without, each.kind) == case.passes for case in each.cases)
    ]
    assert unneeded == []
