"""Permissions to read an environment's images, and of its deploy role to read others': only those that are named."""

import json

import pytest

from tests.terraform.plan import Plan
from tests.terraform.planning import planned
from tests.terraform.test_access import of_role

# It takes a plan that no test of every change makes.
pytestmark = pytest.mark.long

READER = "arn:aws:iam::210987654321:role/spendsense-prod-deploy"
SOURCE = "arn:aws:ecr:us-west-1:210987654321:repository/spendsense-backend"
READING = {"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"}


@pytest.fixture
def options() -> Plan:
    """Both sides in one environment: its images are read, and it reads another's."""
    return planned("options")


def test_only_the_named_role_of_the_other_account_reads_the_images(options: Plan) -> None:
    [statement] = json.loads(options.one("aws_ecr_repository_policy")["policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::210987654321:root"}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": READER}}
    assert set(statement["Action"]) == READING


def test_the_deploy_role_reads_the_repository_that_is_promoted_from_and_does_not_write_there(options: Plan) -> None:
    on_source = [each for each in of_role(options, "deploy") if SOURCE in each.resources]
    assert {action for each in on_source for action in each.actions} == READING
