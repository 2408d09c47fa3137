"""aws_elasticache_subnet_group."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources import _query_tags
from terraform_provider.values.unknown import State

DELETE_S = 300.0


@resource("aws_elasticache_subnet_group")
class SubnetGroup(Resource):
    noun = "ElastiCache Subnet Group"
    gone = ("CacheSubnetGroupNotFoundFault",)

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName=planned["name"],
            CacheSubnetGroupDescription=planned["description"],
            SubnetIds=sorted(planned["subnet_ids"]),
            Tags=tags.as_list(planned["tags_all"]),
        )
        return str(made["CacheSubnetGroup"]["CacheSubnetGroupName"]).lower()

    def read(self, aws: Aws, state: State) -> State | None:
        cache = aws.client("elasticache")
        found = cache.describe_cache_subnet_groups(CacheSubnetGroupName=state["id"])["CacheSubnetGroups"][0]
        return {
            "arn": found["ARN"],
            "description": found["CacheSubnetGroupDescription"],
            "name": found["CacheSubnetGroupName"],
            "subnet_ids": [each["SubnetIdentifier"] for each in found["Subnets"]],
            "vpc_id": found["VpcId"],
            "tags_all": _query_tags.of(aws, "elasticache", found["ARN"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed & {"description", "subnet_ids"}:
            aws.client("elasticache").modify_cache_subnet_group(
                CacheSubnetGroupName=prior["id"],
                CacheSubnetGroupDescription=planned["description"],
                SubnetIds=sorted(planned["subnet_ids"]),
            )
        if "tags_all" in changed:
            _query_tags.change(aws, "elasticache", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        cache, name = aws.client("elasticache"), state["id"]
        retried(
            aws,
            lambda: cache.delete_cache_subnet_group(CacheSubnetGroupName=name),
            codes=("DependencyViolation",),
            timeout_s=DELETE_S,
        )
