"""The roles of Terraform's state, statement by statement."""

from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.authorization.request import Request
from tests.terraform.permissions.requests import asked
from tests.terraform.permissions.roles import ACCOUNT_ID, REGION, Role, World
from tests.terraform.permissions.state import EXCEPTIONS, refused, requests
from tests.terraform.permissions.test_statements import unneeded
from tests.terraform.plan import Plan, listed

pytestmark = pytest.mark.long

FOLDERS = ("bootstrap", "dev", "prod", "staging")
ROLES = [
    *(pytest.param(f"state-{folder}", folder, True, id=folder) for folder in FOLDERS),
    *(pytest.param(f"state-{folder}-read", folder, False, id=f"{folder}-read") for folder in FOLDERS),
    *(pytest.param(f"{folder}-plan", folder, False, id=f"{folder}-plan") for folder in FOLDERS[1:]),
]


@pytest.fixture(scope="module")
def world(bootstrap: Plan) -> World:
    return World(bootstrap)


def test_every_role_is_among_these_but_for_an_administrator(world: World) -> None:
    tested = {f"spendsense-terraform-{each.values[0]}" for each in ROLES}
    applies = {f"spendsense-terraform-{folder}-apply" for folder in FOLDERS[1:]}
    assert set(world.roles) == tested | applies
    for each in applies:
        assert world.roles[each].statements() == []
        assert set(world.roles[each].managed) == {"AdministratorAccess"}


# Of a plan's role: what ReadOnlyAccess has as well, now; and what it does not have, now.
ALSO_BY_AWS = {"FindState s3:ListBucket", "ReadChecksum dynamodb:GetItem", "ReadState s3:GetObject"}
NOT_BY_AWS = {"NothingButItsState kms:Decrypt", "NothingOfCustomers secretsmanager:GetSecretValue"}
# What ReadOnlyAccess shows of other environments: names of states, checksums, and who holds a lock.
SHOWN = {"s3:ListBucket", "dynamodb:GetItem"}


@pytest.mark.parametrize(("name", "folder", "writes"), ROLES)
def test_T2_a_role_of_the_state_may_do_what_it_is_for_and_nothing_else(
    world: World, name: str, folder: str, writes: bool
) -> None:
    role = world.roles[f"spendsense-terraform-{name}"]
    wanted, unwanted = requests(world, folder, writes=writes), refused(world, folder, writes=writes)
    is_plan = name.endswith("-plan")
    assert [each.action for each in wanted if not world.allows(role, each)] == []
    assert {each.action for each in unwanted if world.allows(role, each)} == (SHOWN if is_plan else set())
    held = {f"{each.get('Sid')} {action}" for each in statements(role) for action in listed(each["Action"])}
    further = ALSO_BY_AWS | NOT_BY_AWS if is_plan else set()
    assert unneeded(role, [*wanted, *unwanted, *denied(role)], world) == (held & set(EXCEPTIONS)) | further


def statements(role: Role) -> list[Mapping[str, Any]]:
    return [role.statement(*each) for each in role.statements()]


def denied(role: Role) -> list[Request]:
    """Give a request for each action that a plan's role denies."""
    actions = [action for each in statements(role) if each["Effect"] == "Deny" for action in listed(each["Action"])]
    return [asked(action, f"arn:aws:{action.partition(':')[0]}:{REGION}:{ACCOUNT_ID}:other") for action in actions]
