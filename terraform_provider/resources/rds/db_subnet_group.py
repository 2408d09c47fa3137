"""aws_db_subnet_group."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources import _query_tags
from terraform_provider.resources.rds import _names
from terraform_provider.values.unknown import State


@resource("aws_db_subnet_group")
class SubnetGroup(Resource):
    noun = "RDS DB Subnet Group"
    gone = ("DBSubnetGroupNotFoundFault",)

    def validate(self, config: State) -> None:
        _names.check(_names.SUBNET_GROUP, config)
        if config.get("name") == "default":
            raise ProviderError('"name" is not allowed as "Default"', path=("name",))

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("rds").create_db_subnet_group(
            DBSubnetGroupName=chosen_name(planned),
            DBSubnetGroupDescription=planned["description"],
            SubnetIds=sorted(planned["subnet_ids"]),
            Tags=tags.as_list(planned["tags_all"]),
        )
        return str(made["DBSubnetGroup"]["DBSubnetGroupName"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("rds").describe_db_subnet_groups(DBSubnetGroupName=state["id"])["DBSubnetGroups"][0]
        return {
            "arn": found["DBSubnetGroupArn"],
            "description": found["DBSubnetGroupDescription"],
            "name": found["DBSubnetGroupName"],
            "name_prefix": prefix_of(found["DBSubnetGroupName"]),
            "subnet_ids": [each["SubnetIdentifier"] for each in found["Subnets"]],
            "supported_network_types": found.get("SupportedNetworkTypes") or [],
            "vpc_id": found["VpcId"],
            "tags_all": _query_tags.of(aws, "rds", found["DBSubnetGroupArn"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed & {"description", "subnet_ids"}:
            aws.client("rds").modify_db_subnet_group(
                DBSubnetGroupName=prior["id"],
                DBSubnetGroupDescription=planned["description"],
                SubnetIds=sorted(planned["subnet_ids"]),
            )
        if "tags_all" in changed:
            _query_tags.change(aws, "rds", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("rds").delete_db_subnet_group(DBSubnetGroupName=state["id"])
