"""Patches of moto's RDS: subnet groups have existing subnets in two zones, keep changes, and stay while used."""

from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import result

ZONES = 2


def patch() -> None:
    from moto.rds.responses import RDSResponse

    answering: Any = RDSResponse
    for operation in (create_db_subnet_group, delete_db_subnet_group, modify_db_subnet_group):
        setattr(answering, operation.__name__, operation)


def create_db_subnet_group(self: Any) -> Any:
    name = _name(self)
    if name in self.backend.subnet_groups:
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    if name == "default":
        raise AwsError("InvalidParameterValue", "The parameter DBSubnetGroupName must not be Default.")
    group = self.backend.create_subnet_group(
        name, self.params["DBSubnetGroupDescription"], _subnets(self), self.params.get("Tags", [])
    )
    return result({"DBSubnetGroup": group})


def modify_db_subnet_group(self: Any) -> Any:
    group = _group(self)
    subnets = _subnets(self)
    if {each.vpc_id for each in subnets} != {group.vpc_id}:
        raise AwsError("InvalidParameterValue", "The new Subnets are not in the same Vpc as the existing subnet group")
    group._subnets = subnets
    if self.params.get("DBSubnetGroupDescription"):
        group.description = self.params["DBSubnetGroupDescription"]
    return result({"DBSubnetGroup": group})


def delete_db_subnet_group(self: Any) -> Any:
    group = _group(self)
    users = [
        each.db_instance_identifier
        for each in self.backend.databases.values()
        if getattr(each, "db_subnet_group", None) is group or each.db_subnet_group_name == group.name
    ]
    if users:
        raise AwsError(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{group.name}' because at least one database instance: {users[0]} is "
            "still using it.",
        )
    self.backend.delete_subnet_group(group.name)
    return result({})


def _name(self: Any) -> str:
    return str(self.params["DBSubnetGroupName"]).lower()


def _group(self: Any) -> Any:
    group = self.backend.subnet_groups.get(_name(self))
    if group is None:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{_name(self)}' does not exist.")
    return group


def _subnets(self: Any) -> list[Any]:
    """Return the subnets that a request names. Errors: AWS's errors for unknown subnets, and for a single zone."""
    from moto.ec2.models import ec2_backends

    requested = list(dict.fromkeys(self.params.get("SubnetIds") or []))
    zones = ec2_backends[self.current_account][self.region].subnets
    known = {subnet_id: subnet for of_zone in zones.values() for subnet_id, subnet in of_zone.items()}
    unknown = [each for each in requested if each not in known]
    if unknown:
        raise AwsError("InvalidSubnet", f"Some input subnets in :[{', '.join(unknown)[:1000]}] are invalid.")
    found = [known[each] for each in requested]
    if len({each.vpc_id for each in found}) > 1:
        raise AwsError("InvalidParameterValue", "The Subnets are not all in the same Vpc")
    if len({each.availability_zone for each in found}) < ZONES:
        raise AwsError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted({each.availability_zone for each in found}))}. Add subnets to cover at least 2 AZs.",
        )
    return found
