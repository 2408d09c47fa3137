"""A role may do what it is for and nothing else; without any action of a statement, some of that is refused."""

import json
from dataclasses import replace

import pytest

from localcloud.authorization.decision import Policies, ResourcePolicyKind, decide
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from ops.permissions.usage import kept_for
from tests.terraform.permissions.refused import refused
from tests.terraform.permissions.requests import VERBS, WITH_THE_SWITCH, asked, asked_by
from tests.terraform.permissions.roles import ACCOUNT_ID, Role, World
from tests.terraform.permissions.services import SERVICES
from tests.terraform.plan import listed
from tests.terraform.planning import ROLE, USER, planned

pytestmark = pytest.mark.long

ROLES = [*VERBS, *SERVICES]
# Roles with nothing but policies that AWS keeps up to date.
MANAGED_BY_AWS = {"backup", "rds-monitoring", "replica-rds-monitoring"}


@pytest.fixture(scope="module")
def everything() -> World:
    return World(planned("everything"))


@pytest.fixture(scope="module")
def options() -> World:
    return World(planned("options"))


def requests_of(role: str, world: World) -> list[Request]:
    if role in SERVICES:
        return list(SERVICES[role](world))
    return [each.request for each in asked_by(role, world)]


def unneeded(role: Role, requests: list[Request], world: World) -> set[str]:
    """Name the actions, after their statements, without which every request is decided as before."""
    found = set()
    for policy, at in role.statements():
        statement = role.statement(policy, at)
        for action in listed(statement["Action"]):
            less = role.without(policy, at, action)
            if all(world.allows(less, each) == world.allows(role, each) for each in requests if each.action == action):
                found.add(f"{statement.get('Sid', at)} {action}")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_E2_a_role_may_do_what_it_is_for(everything: World, role: str) -> None:
    requests = requests_of(role, everything)
    held = everything.named(role)
    assert len(requests) > 2
    assert [f"{each.action} on {each.resource}" for each in requests if not everything.allows(held, each)] == []


@pytest.mark.parametrize("role", ROLES)
def test_E2_each_action_of_each_statement_is_needed(everything: World, role: str) -> None:
    assert unneeded(everything.named(role), requests_of(role, everything), everything) == set()


@pytest.mark.parametrize("role", ROLES)
def test_E2_a_role_is_refused_what_it_is_not_for(everything: World, role: str) -> None:
    held = everything.named(role)
    assert [
        f"{each.action} on {each.resource}" for each in refused(role, everything) if everything.allows(held, each)
    ] == []


@pytest.mark.parametrize("role", ["task", "execution", "deploy", "operate", "flow-logs", "s3-replication"])
def test_E2_the_statements_of_options_are_needed_too(options: World, role: str) -> None:
    asked_for = [*requests_of(role, options), *(promotion() if role == "deploy" else [])]
    requests = [each for each in asked_for if not each.resource.endswith("-infrastructure")]  # no traffic is shifted
    held = options.named(role)
    assert [f"{each.action} on {each.resource}" for each in requests if not options.allows(held, each)] == []
    assert unneeded(held, requests, options) == set()
    assert [each.action for each in refused(role, options) if options.allows(held, each)] == []


def promotion() -> list[Request]:
    """Return what `spendsense promote` asks of the repository that `promoted_from` names."""
    repository = "arn:aws:ecr:us-west-1:210987654321:repository/spendsense-backend"
    actions = ("BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer")
    return [asked(f"ecr:{each}", repository) for each in actions]


def test_every_role_of_options_is_among_these(options: World) -> None:
    names = {each.removeprefix(f"{options.plan.name}-") for each in options.roles}
    assert names - MANAGED_BY_AWS == {"task", "execution", "deploy", "operate", "flow-logs", "s3-replication"}


def test_E2_operators_enter_tasks_only_with_the_switch(everything: World, options: World) -> None:
    switched = {"ecs:ExecuteCommand", "ssm:StartSession", "ssm:TerminateSession"}
    requests = [each for each in requests_of("operate", options) if each.action in switched]
    assert {each.action for each in requests} == switched
    held, without = options.named("operate"), everything.named("operate")
    assert [f"{each.action} on {each.resource}" for each in requests if not options.allows(held, each)] == []
    assert {each.rpartition(" ")[2] for each in unneeded(held, requests, options)}.isdisjoint(switched)
    assert [each.action for each in refused("operate", options) if options.allows(held, each)] == []
    assert not any(everything.allows(without, each) for each in requests)


def test_every_role_is_among_these(everything: World) -> None:
    names = {each.removeprefix(f"{everything.plan.name}-") for each in everything.roles}
    assert names == {*ROLES, *MANAGED_BY_AWS}
    assert all(everything.named(each).statements() == [] for each in MANAGED_BY_AWS)


def test_what_spendsense_keeps_for_a_reason_is_what_no_recording_needs(everything: World, options: World) -> None:
    for role in VERBS:
        left = set()
        for world in (everything, options) if role in WITH_THE_SWITCH else (everything,):
            recorded = [each.request for each in asked_by(role, world, recorded_only=True)]
            left |= {each.rpartition(" ")[2] for each in unneeded(world.named(role), recorded, world)}
        assert left == set(kept_for(role)), role


@pytest.mark.parametrize("role", SERVICES)
def test_what_spendsense_keeps_of_a_services_role_is_in_its_policy(
    everything: World, options: World, role: str
) -> None:
    roles = [world.named(role) for world in (everything, options) if f"{world.plan.name}-{role}" in world.roles]
    held = {
        action
        for each in roles
        for statement in each.statements()
        for action in listed(each.statement(*statement)["Action"])
    }
    assert set(kept_for(role)) <= held


@pytest.mark.full
def test_R3_only_where_a_drill_runs_may_the_recovery_role_destroy(everything: World) -> None:
    local = World(planned("local"))
    drilled = [each.request for each in asked_by("drill", local)]
    held = local.named("recover")
    assert [f"{each.action} on {each.resource}" for each in drilled if not local.allows(held, each)] == []
    both = [*requests_of("recover", local), *drilled]
    assert unneeded(held, both, local) == set()
    for action in ("rds:DeleteDBInstance", "ecs:DeleteService", "s3:DeleteObject"):
        assert any(each.action == action for each in drilled)
        assert action in {each.action for each in refused("recover", everything)}


def may_assume(role: Role, who: Principal, **keys: str) -> bool:
    trust = Policies(resource=[read_policy(json.dumps(role.trust), "trust")], kind=ResourcePolicyKind.TRUST)
    request = replace(asked("sts:AssumeRole", role.arn, keys), principal=who)
    return decide(request, trust).is_allowed


def test_E2_a_user_needs_a_second_factor_and_nobody_else_gets_in(everything: World) -> None:
    user = Principal(kind=Kind.USER, arn=USER, account_id=ACCOUNT_ID)
    other = replace(user, arn=USER.replace("jane", "joe"))
    on_call = Principal(
        kind=Kind.ROLE_SESSION,
        arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/on-call/jane",
        account_id=ACCOUNT_ID,
        issuer_arn=ROLE,
    )
    mfa = {"aws:MultiFactorAuthPresent": "true"}
    operate, recover = everything.named("operate"), everything.named("recover")
    for role in (operate, recover):
        assert may_assume(role, user, **mfa)
        assert not may_assume(role, user)
        assert not may_assume(role, user, **{"aws:MultiFactorAuthPresent": "false"})
        assert not may_assume(role, other, **mfa)
    assert may_assume(operate, on_call)
    assert not may_assume(recover, on_call)
