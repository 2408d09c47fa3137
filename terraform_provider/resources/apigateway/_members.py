"""Attributes whose value is one member of a request; tags."""

from collections.abc import Collection, Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

GONE = ("NotFoundException",)


def created_with(planned: State, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the members of a creation that the plan sets; `names` leads from the attributes to API Gateway's names."""
    members = given(planned, names)
    if planned.get("tags_all"):
        members["Tags"] = planned["tags_all"]
    return members


def changed_to(planned: State, names: Mapping[str, str], changed: Collection[str]) -> dict[str, Any]:
    """Return the members of an update: arguments that are no longer set are sent empty."""
    return {theirs: "" if planned[ours] is None else planned[ours] for ours, theirs in names.items() if ours in changed}


def change_tags(aws: Aws, prior: State, planned: State) -> None:
    api, arn = aws.client("apigatewayv2"), prior["arn"]
    tags.change(
        prior,
        planned,
        untag=lambda keys: api.untag_resource(ResourceArn=arn, TagKeys=keys),
        tag=lambda added: api.tag_resource(ResourceArn=arn, Tags=added),
    )


def arn(aws: Aws, path: str) -> str:
    return aws.arn("apigateway", f"/{path}", account="")


def imported(id_: str, what: str) -> State:
    """Return an API's part by its import id. Errors: ProviderError, unless this is `api-id/WHAT`."""
    api_id, _, own = id_.partition("/")
    if not api_id or not own or "/" in own:
        raise ProviderError(f"wrong format of import ID ({id_}), use: 'api-id/{what}'")
    return {"id": own, "api_id": api_id}
