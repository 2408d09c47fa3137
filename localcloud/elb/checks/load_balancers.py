"""Checks of load balancers that moto does not make (aws-facts 2). Pure."""

import re
from collections.abc import Mapping

from localcloud.elb.checks.names import check_name
from localcloud.errors import AwsError

SUBNET = re.compile(r"Subnets\.member\.\d+|SubnetMappings\.member\.\d+\.SubnetId")
MIN_SUBNETS = 2
KIND = "Load balancer"


def check_load_balancer(form: Mapping[str, str]) -> None:
    """Check CreateLoadBalancer. Errors: AwsError."""
    name = form.get("Name", "")
    check_name(KIND, name)
    if name.startswith("internal-"):
        raise AwsError("ValidationError", f"{KIND} name '{name}' cannot begin with 'internal-'")
    if form.get("Type", "application") != "application":
        raise AwsError(
            "InvalidConfigurationRequest",
            f"Type '{form['Type']}': the local cloud has application load balancers only",
        )
    if len({form[name] for name in form if SUBNET.fullmatch(name)}) < MIN_SUBNETS:
        raise AwsError("ValidationError", "At least two subnets in two different Availability Zones must be specified")
