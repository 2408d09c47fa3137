"""aws_db_parameter_group."""

from collections.abc import Iterable
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources import _query_tags
from terraform_provider.resources._batches import batches
from terraform_provider.resources.rds import _names, _parameters
from terraform_provider.values.unknown import UNKNOWN, State

IN_USE = "InvalidDBParameterGroupState"
DELETE_S = 180.0


@resource("aws_db_parameter_group")
class ParameterGroup(Resource):
    noun = "RDS DB Parameter Group"
    gone = ("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault")

    def validate(self, config: State) -> None:
        _names.check(_names.PARAMETER_GROUP, config)
        _check_methods(config.get("parameter"))

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("rds").create_db_parameter_group(
            DBParameterGroupName=chosen_name(planned),
            DBParameterGroupFamily=planned["family"],
            Description=planned["description"],
            Tags=tags.as_list(planned["tags_all"]),
        )
        return str(made["DBParameterGroup"]["DBParameterGroupName"])

    def complete(self, aws: Aws, state: State) -> None:
        _change(aws.client("rds"), state["id"], [], state["parameter"])

    def read(self, aws: Aws, state: State) -> State | None:
        rds = aws.client("rds")
        found = rds.describe_db_parameter_groups(DBParameterGroupName=state["id"])["DBParameterGroups"][0]
        # Without any in the state (as after an import), RDS's defaults do not matter, and reading them takes long.
        narrowed = {} if state["parameter"] else {"Source": _parameters.USER}
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=state["id"], **narrowed)
        return {
            "arn": found["DBParameterGroupArn"],
            "description": found["Description"],
            "family": found["DBParameterGroupFamily"],
            "name": found["DBParameterGroupName"],
            "name_prefix": prefix_of(found["DBParameterGroupName"]),
            "parameter": _parameters.as_blocks(
                (each for page in pages for each in page["Parameters"]), state["parameter"]
            ),
            "skip_destroy": bool(state["skip_destroy"]),
            "tags_all": _query_tags.of(aws, "rds", found["DBParameterGroupArn"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "parameter" in changed:
            _change(aws.client("rds"), prior["id"], prior["parameter"], planned["parameter"])
        if "tags_all" in changed:
            _query_tags.change(aws, "rds", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        if state["skip_destroy"]:
            return
        rds, name = aws.client("rds"), state["id"]
        # A deleted instance still uses its group for a while.
        retried(
            aws,
            lambda: rds.delete_db_parameter_group(DBParameterGroupName=name),
            codes=(IN_USE,),
            timeout_s=DELETE_S,
        )


def _check_methods(blocks: Any) -> None:
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        method = block.get("apply_method") if block is not UNKNOWN else None
        if isinstance(method, str) and method.lower() not in _parameters.METHODS:
            wanted = ", ".join(f'"{each}"' for each in _parameters.METHODS)
            raise ProviderError(
                f"expected apply_method to be one of [{wanted}], got {method}", path=("parameter", number)
            )


def _change(rds: Any, group: str, before: Iterable[State] | None, after: Iterable[State] | None) -> None:
    """Set new and changed parameters, then reset removed ones."""
    old, new = _parameters.of_blocks(before), _parameters.of_blocks(after)
    differing = [each for name, each in new.items() if old.get(name) != each]
    for request in _parameters.requests(differing):
        rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=request)
    removed = [each for name, each in sorted(old.items()) if name not in new]
    for request in batches(removed, _parameters.AT_ONCE):
        rds.reset_db_parameter_group(DBParameterGroupName=group, Parameters=request, ResetAllParameters=False)
