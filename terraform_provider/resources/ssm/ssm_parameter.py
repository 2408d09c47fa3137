"""aws_ssm_parameter."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import refuse_unless_one, refuse_without
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of, message_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

GONE = "ParameterNotFound"
SECURE = "SecureString"
IMAGE = "aws:ec2:image"
"""AWS checks such a value only after its response, and then shows the parameter."""
TYPES = ("String", "StringList", SECURE)
KIND = "Parameter"


@resource("aws_ssm_parameter")
class Parameter(Resource):
    noun = "SSM Parameter"
    gone = (GONE,)
    # The plan keeps the tier that intelligent tiering chose; if one form of a value changes, both are unknown.
    as_configured: ClassVar = ("tier", "insecure_value", "value")

    def validate(self, config: State) -> None:
        refuse_unless_one(config, "insecure_value", "value", "value_wo")
        refuse_without(config, ("value_wo", "value_wo_version"))
        kind = config.get("type")
        if isinstance(kind, str) and kind not in TYPES:
            raise ProviderError(
                f"expected type to be one of {list(TYPES)}, got {kind}".replace("'", '"'), path=("type",)
            )
        if kind == SECURE and isinstance(config.get("insecure_value"), str):
            raise ProviderError(
                f"invalid configuration, cannot set type = {SECURE} and insecure_value",
                "Set value or value_wo instead: plans do not show them.",
                ("insecure_value",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        overwrites = bool(planned["overwrite"])
        new_tags = tags.as_list(planned["tags_all"])
        optional = {
            "DataType": planned["data_type"],
            "Description": planned["description"],
            "KeyId": planned["key_id"] if planned["type"] == SECURE else None,
            "Tier": planned["tier"],
            "Tags": [] if overwrites else new_tags,  # AWS accepts no tags in a request that overwrites
        }
        _put(aws, planned, overwrites, {key: value for key, value in optional.items() if value})
        return str(planned["name"])

    def complete(self, aws: Aws, state: State) -> None:
        ssm, name = aws.client("ssm"), state["id"]
        if state["overwrite"] and state["tags_all"]:
            ssm.add_tags_to_resource(ResourceType=KIND, ResourceId=name, Tags=tags.as_list(state["tags_all"]))
        if state["data_type"] == IMAGE:
            retried(aws, lambda: ssm.get_parameter(Name=name), codes=(GONE,))

    def read(self, aws: Aws, state: State) -> State | None:
        ssm = aws.client("ssm")
        found = ssm.get_parameter(Name=state["id"], WithDecryption=True)["Parameter"]
        by_name = [{"Key": "Name", "Option": "Equals", "Values": [found["Name"]]}]
        pages = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=by_name)
        described = next((each for page in pages for each in page["Parameters"]), None)
        if described is None:
            return None
        listed = ssm.list_tags_for_resource(ResourceType=KIND, ResourceId=state["id"])["TagList"]
        return {
            "allowed_pattern": described.get("AllowedPattern"),
            "arn": found["ARN"],
            "data_type": described.get("DataType"),
            "description": described.get("Description"),
            "key_id": described.get("KeyId"),
            "name": found["Name"],
            "tier": described.get("Tier"),
            "type": found["Type"],
            "version": found["Version"],
            "tags_all": tags.as_dict(listed),
            **_values(found, state),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        ssm, name = aws.client("ssm"), prior["id"]
        if changed - {"overwrite", "tags", "tags_all"}:
            _forget_other_form(prior, planned)
            optional = {
                name: planned[attribute]
                for attribute, name in (("data_type", "DataType"), ("key_id", "KeyId"))
                if attribute in changed and planned[attribute]
            }
            if planned["type"] != SECURE:
                optional.pop("KeyId", None)
            if "description" in changed:
                optional["Description"] = planned["description"] or ""
            if planned["tier"]:
                optional["Tier"] = planned["tier"]
            _put(aws, planned, planned["overwrite"] is not False, optional)
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: ssm.remove_tags_from_resource(ResourceType=KIND, ResourceId=name, TagKeys=keys),
                tag=lambda added: ssm.add_tags_to_resource(
                    ResourceType=KIND, ResourceId=name, Tags=tags.as_list(added)
                ),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("ssm").delete_parameter(Name=state["name"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return {"id": id, "has_value_wo": False}


def _put(aws: Aws, planned: State, overwrites: bool, optional: dict[str, Any]) -> None:
    request = {
        "Name": planned["name"],
        "Type": planned["type"],
        "Value": planned["value_wo"] or planned["insecure_value"] or planned["value"] or "",
        "AllowedPattern": planned["allowed_pattern"] or "",
        "Overwrite": overwrites,
        **optional,
    }
    try:
        aws.client("ssm").put_parameter(**request)
    except ClientError as exc:
        if code_of(exc) != "ValidationException" or "Tier is not supported" not in message_of(exc):
            raise
        request.pop("Tier", None)  # a region without parameter tiers
        aws.client("ssm").put_parameter(**request)


def _values(found: Any, state: State) -> State:
    """Return the value under the configuration's name for it; a write-only one is not in the state."""
    if state["value_wo"] or state["has_value_wo"]:
        return {"has_value_wo": True, "value": None}
    name = "insecure_value" if state["insecure_value"] and found["Type"] != SECURE else "value"
    return {name: found["Value"]}


def _forget_other_form(prior: State, planned: State) -> None:
    """Remove the form of the value that the configuration no longer uses: the plan still has its old value."""
    planned["has_value_wo"] = bool(planned["value_wo"]) or None
    if planned["value_wo"] or planned["value"] != prior["value"]:
        planned["insecure_value"] = None
    elif planned["insecure_value"] != prior["insecure_value"]:
        planned["value"] = None
