"""Security groups and option groups that RDS's requests name. Call in moto's thread."""

from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.rds.requests.offerings import OPTION_GROUP

CREATING = ("Create", "Modify", "Restore")


def check(account_id: str, region: str, operation: str, values: Mapping[str, Any]) -> None:
    """Check that they exist. No group of options can be created here, so there is only RDS's own. Errors: AwsError."""
    from moto.ec2.models import ec2_backends

    if not operation.startswith(CREATING):
        return
    for group in values.get("VpcSecurityGroupIds") or ():
        if ec2_backends[account_id][region].get_security_group_from_id(group) is None:
            raise AwsError("InvalidParameterValue", f"Invalid security group , groupId= {group}, groupName=.")
    for group in values.get("DBSecurityGroups") or ():
        raise AwsError("DBSecurityGroupNotFound", f"DBSecurityGroup {group} not found.", 404)
    options = values.get("OptionGroupName")
    if options and options.lower() != OPTION_GROUP:
        raise AwsError("OptionGroupNotFoundFault", f"Specified OptionGroupName: {options} not found.", 404)
