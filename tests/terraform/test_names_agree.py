"""`spendsense` finds what Terraform made by name: both make the same names, also where one must be cut."""

import pytest

from ops.environment import Environment, EnvironmentName, owner_id_of
from ops.errors import Misuse
from tests.terraform.plan import Plan


def test_spendsense_and_terraform_make_the_same_names(plan: Plan) -> None:
    where = Environment(name=EnvironmentName(plan.environment), region="us-west-1", owner_id=plan.variables["owner_id"])
    groups = {each.index: each["name"] for each in plan.of("aws_lb_target_group", module="alb")}
    created = {
        "cluster": plan.one("aws_ecs_cluster")["name"],
        "service": plan.one("aws_ecs_service")["name"],
        "family": plan.one("aws_ecs_task_definition")["family"],
        "container": plan.container["name"],
        "load_balancer": plan.one("aws_lb")["name"],
        "target_group": groups["primary"],
        "repository": plan.one("aws_ecr_repository")["name"],
        "deployed_parameter": plan.one("aws_ssm_parameter")["name"],
        "lock_table": plan.one("aws_dynamodb_table")["name"],
        "log_group": plan.container["logConfiguration"]["options"]["awslogs-group"],
    }
    if "alternate" in groups:
        created["alternate_target_group"] = groups["alternate"]
        created["infrastructure_role"] = plan.one("aws_iam_role", "infrastructure")["name"]
    assert created == {name: getattr(where, name) for name in created}
    streams = {
        each["name"].removesuffix("-log"): each["logConfiguration"]["options"]["awslogs-group"]
        for each in plan.containers
        if each["name"].endswith("-log")
    }
    assert {"application": created["log_group"], **streams} == where.log_groups


@pytest.mark.parametrize("text", ["Jane", "team_a", "-jane", "jane-", "a--b", "1st", "abcdefghijklmnopq"])
def test_an_owner_that_terraform_refuses_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match="SPENDSENSE_OWNER_ID"):
        owner_id_of(text)


def test_two_long_names_stay_apart_when_cut() -> None:
    short = {
        Environment(name=EnvironmentName.STAGING, region="us-west-1", owner_id=owner).short_name
        for owner in ("jane-of-team-a", "jane-of-team-b", "jane")
    }
    assert len(short) == 3
    assert all(len(name) <= 20 and name.startswith("ss-staging-jane-") for name in short)
