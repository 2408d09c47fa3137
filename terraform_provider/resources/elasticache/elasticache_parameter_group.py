"""aws_elasticache_parameter_group."""

from collections.abc import Iterable, Sequence
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources import _query_tags
from terraform_provider.resources._batches import batches
from terraform_provider.values.unknown import State

AT_ONCE = 20
"""How many parameters a request may change."""
BUSY = "InvalidCacheParameterGroupState"
RESET_S, DELETE_S = 30.0, 180.0


@resource("aws_elasticache_parameter_group")
class ParameterGroup(Resource):
    noun = "ElastiCache Parameter Group"
    gone = ("CacheParameterGroupNotFound", "CacheParameterGroupNotFoundFault")

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("elasticache").create_cache_parameter_group(
            CacheParameterGroupName=planned["name"],
            CacheParameterGroupFamily=planned["family"],
            Description=planned["description"],
            Tags=tags.as_list(planned["tags_all"]),
        )
        return str(made["CacheParameterGroup"]["CacheParameterGroupName"])

    def complete(self, aws: Aws, state: State) -> None:
        _change(aws, state["id"], [], state["parameter"])

    def read(self, aws: Aws, state: State) -> State | None:
        cache, name = aws.client("elasticache"), state["id"]
        found = cache.describe_cache_parameter_groups(CacheParameterGroupName=name)["CacheParameterGroups"][0]
        # Only what a user set: each family has hundreds of its own.
        pages = cache.get_paginator("describe_cache_parameters").paginate(CacheParameterGroupName=name, Source="user")
        return {
            "arn": found["ARN"],
            "description": found["Description"],
            "family": found["CacheParameterGroupFamily"],
            "name": found["CacheParameterGroupName"],
            "parameter": [
                {"name": each["ParameterName"].lower(), "value": each["ParameterValue"]}
                for page in pages
                for each in page["Parameters"]
                if "ParameterValue" in each
            ],
            "tags_all": _query_tags.of(aws, "elasticache", found["ARN"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "parameter" in changed:
            _change(aws, prior["id"], prior["parameter"], planned["parameter"])
        if "tags_all" in changed:
            _query_tags.change(aws, "elasticache", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        cache, name = aws.client("elasticache"), state["id"]
        # A deleted cache still uses its group for a while.
        retried(
            aws,
            lambda: cache.delete_cache_parameter_group(CacheParameterGroupName=name),
            codes=(BUSY,),
            timeout_s=DELETE_S,
        )


def _change(aws: Aws, group: str, before: Iterable[State] | None, after: Iterable[State] | None) -> None:
    """Reset removed parameters, then set new and changed ones."""
    cache, old, new = aws.client("elasticache"), _values(before), _values(after)
    for request in _requests({name: value for name, value in old.items() if name not in new}):
        _reset(aws, group, request)
    for request in _requests({name: value for name, value in new.items() if old.get(name) != value}):
        cache.modify_cache_parameter_group(CacheParameterGroupName=group, ParameterNameValues=request)


def _values(blocks: Iterable[State] | None) -> dict[str, str]:
    return {each["name"]: each["value"] or "" for each in blocks or ()}


def _requests(values: dict[str, str]) -> Iterable[Sequence[dict[str, str]]]:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in sorted(values.items())]
    return batches(listed, AT_ONCE)


def _reset(aws: Aws, group: str, parameters: Sequence[dict[str, str]]) -> None:
    cache = aws.client("elasticache")

    def call() -> Any:
        return cache.reset_cache_parameter_group(CacheParameterGroupName=group, ParameterNameValues=parameters)

    retried(aws, call, codes=(BUSY,), message=" has pending changes", timeout_s=RESET_S)
