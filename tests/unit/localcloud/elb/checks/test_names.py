"""Invalid names of load balancers and target groups are refused in ELBv2's words."""

import re

import pytest

from localcloud.elb.checks.load_balancers import check_load_balancer
from localcloud.elb.checks.target_groups import check_target_group
from localcloud.errors import AwsError

SUBNETS = {"Subnets.member.1": "subnet-1", "Subnets.member.2": "subnet-2"}
WRONG = {
    "a" * 33: f"name '{'a' * 33}' cannot be longer than '32' characters",
    "example.com": "name 'example.com' can only contain characters that are alphanumeric characters or hyphens(-)",
    "": "name '' can only contain characters that are alphanumeric characters or hyphens(-)",
    "-a": "name '-a' cannot begin or end with '-'",
    "a-": "name 'a-' cannot begin or end with '-'",
}


def create(kind: str, name: str) -> None:
    if kind == "Target group":
        check_target_group("CreateTargetGroup", {"Name": name})
    else:
        check_load_balancer({"Name": name, **SUBNETS})


@pytest.mark.parametrize(("name", "message"), WRONG.items())
@pytest.mark.parametrize("kind", ["Target group", "Load balancer"])
def test_a_wrong_name_is_refused(kind: str, name: str, message: str) -> None:
    with pytest.raises(AwsError, match=re.escape(f"{kind} {message}")):
        create(kind, name)


def test_only_aws_names_begin_with_internal() -> None:
    create("Target group", "internal-a")
    with pytest.raises(AwsError, match="cannot begin with 'internal-'"):
        create("Load balancer", "internal-a")
