"""Invalid names of load balancers and target groups are refused in ELBv2's words."""

import re

import pytest

from localcloud.elb.checks.settings import refuse_wrong_settings
from localcloud.errors import AwsError

SUBNETS = {"Subnets.member.1": "subnet-1", "Subnets.member.2": "subnet-2"}
WRONG = {
    "a" * 33: f"name '{'a' * 33}' cannot be longer than '32' characters",
    "example.com": "name 'example.com' can only contain characters that are alphanumeric characters or hyphens(-)",
    "": "name '' can only contain characters that are alphanumeric characters or hyphens(-)",
    "-a": "name '-a' cannot begin or end with '-'",
    "a-": "name 'a-' cannot begin or end with '-'",
}


@pytest.mark.parametrize(("name", "told"), WRONG.items())
@pytest.mark.parametrize(
    ("operation", "kind"), [("CreateTargetGroup", "Target group"), ("CreateLoadBalancer", "Load balancer")]
)
def test_a_wrong_name_is_refused(operation: str, kind: str, name: str, told: str) -> None:
    with pytest.raises(AwsError, match=re.escape(f"{kind} {told}")):
        refuse_wrong_settings({"Action": operation, "Name": name, **SUBNETS})


def test_internal_begins_names_of_aws_only() -> None:
    refuse_wrong_settings({"Action": "CreateTargetGroup", "Name": "internal-a"})
    with pytest.raises(AwsError, match="cannot begin with 'internal-'"):
        refuse_wrong_settings({"Action": "CreateLoadBalancer", "Name": "internal-a", **SUBNETS})
