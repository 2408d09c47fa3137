"""The permissions that a call of AWS's API needs: each action with its resources and condition keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.authorization import load_balancers
from localcloud.authorization.context import Context
from localcloud.authorization.dependents import Dependent, dependents
from localcloud.authorization.nested_names import nested_names
from localcloud.authorization.operations import PREFIXES, WITHOUT_PERMISSION, actions_of
from localcloud.authorization.parameters import at_path, object_tags_of, tags_of, values_of
from localcloud.authorization.partiql import statements_of
from localcloud.authorization.principals import Principal
from localcloud.authorization.reference import Action, arn_format, is_arn_key
from localcloud.authorization.reference import action as action_named
from localcloud.authorization.request import Request
from localcloud.authorization.resources import ANY, Place, arn_of, new_of, resources_of

WRITES = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
"""Parts of TransactWriteItems, each with the action that it needs."""
TAG_KEYS = ("TagKeys", "tagKeys", "TagKeyList", "ResourceTagKeys", "RemoveTagKeys")
"""Names of the parameter with the keys of tags to be removed."""
ASSOCIATED = "iam:AssociatedResourceArn"
"""Source: IAM User Guide, "IAM and AWS STS condition context keys". Which services give it is not documented."""
REST_API = "apigateway"
REST_METHOD, REST_PATH = "localcloud:method", "localcloud:path"
"""Parameters that the caller adds for API Gateway, whose actions are methods of HTTP and whose ARNs end with paths."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action on one resource that a call needs, with the condition keys that the call itself gives."""

    action: str
    resource: str
    keys: Context

    def as_request(self, principal: Principal, keys: Context, resource_account: str) -> Request:
        """Return the request to be authorized. `keys`: of transport, time and resource, not given by the call."""
        return Request(
            principal=principal,
            action=self.action,
            resource=self.resource,
            resource_account=resource_account,
            context=keys | self.keys,
        )


def needs_of(service: str, operation: str, parameters: Mapping[str, object], place: Place) -> tuple[Need, ...]:
    """Return what a call needs; nothing for operations that need no permission.

    `service`: its name in signatures (`monitoring`); `parameters`: under the names of the API. Names stay names where
    AWS would look up an ARN: replace a secret's name, a key's alias or a role's name with a path before.
    """
    if (service, operation) in WITHOUT_PERMISSION:
        return ()
    prefix = PREFIXES.get(service, service)
    given = {**parameters, **nested_names(prefix, operation, parameters, place)}
    found = list(_own(prefix, service, operation, given, place))
    if not found:  # nothing is known about it, so it needs the action of its name
        found = [Need(action=f"{prefix}:{operation}", resource=ANY, keys=Context())]
    own = tuple(found)
    for each in dependents(prefix, operation, parameters):
        about = next((need for need in own if each.among in need.resource), own[0])
        found += _further(each, about, given, place)
    return tuple(found)


def _own(prefix: str, service: str, operation: str, given: Mapping[str, object], place: Place) -> Iterator[Need]:
    if operation == "TransactWriteItems":
        for kind in WRITES:
            named = {"TableName": list(dict.fromkeys(at_path(given, f"TransactItems.{kind}.TableName")))}
            if named["TableName"]:
                yield from _own(prefix, service, WRITES[kind], named, place)
        return
    if (prefix, operation) == ("s3", "DeleteObjects"):
        for is_version, names in _deleted(given).items():
            deleted: dict[str, object] = {"Bucket": given.get("Bucket"), "Key": names}
            version = {"VersionId": ANY} if is_version else {}
            yield from _own(prefix, service, "DeleteObject", {**deleted, **version}, place)
        return
    if prefix == "dynamodb" and (statements := statements_of(operation, given)):
        for each in statements:
            if each is None:  # needs the action of the operation's name, and is then refused
                yield Need(action=f"{prefix}:{operation}", resource=ANY, keys=Context())
            else:
                yield from _own(prefix, service, each.action, each.resource(), place)
        return
    if prefix == REST_API and REST_PATH in given:
        arn = f"arn:{place.partition}:{REST_API}:{place.region}::{given[REST_PATH]}"
        yield Need(action=f"{REST_API}:{given[REST_METHOD]}", resource=arn, keys=Context(_tag_keys(given)))
        return
    if (prefix, operation) == ("kms", "ReEncrypt"):
        keys_of: dict[str, object] = {
            "ReEncryptFrom": given.get("SourceKeyId") or given.get("KeyId"),
            "ReEncryptTo": given.get("DestinationKeyId"),
        }
        for name, key in keys_of.items():
            yield from _own(prefix, service, name, {**_without_keys(given), "KeyId": key}, place)
        return
    for action in actions_of(service, operation, has_version="VersionId" in given):
        tags = _object_tag_keys(given) if prefix == "s3" else {}
        keys = Context({**_tag_keys(given), **tags, **_keys(prefix, action, given, place)})
        arns = load_balancers.named_by(operation, given, place) if prefix == load_balancers.PREFIX else ()
        resources = arns or resources_of(action, given, place)
        if prefix == "dynamodb" and "IndexName" in given:  # a query of an index is not one of its table
            resources = tuple(each for each in resources if "/index/" in each) or resources
        for resource in resources:
            yield Need(action=str(action), resource=resource, keys=keys)


def _without_keys(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if name not in ("SourceKeyId", "DestinationKeyId", "KeyId")}


def _further(needed: Dependent, first: Need, given: Mapping[str, object], place: Place) -> Iterator[Need]:
    prefix, _, name = needed.action.partition(":")
    known = action_named(prefix, name)
    resources = resources_of(known, needed.parameters, place) if known and needed.parameters else (first.resource,)
    if needed.resource:
        resources = (needed.resource,)
    if needed.new_type and (form := arn_format(prefix, needed.new_type)):
        resources = (new_of(prefix, form, given, place),)
    # A need for another resource has condition keys of its own.
    keys = Context(needed.keys) if needed.parameters else first.keys | Context(needed.keys)
    if needed.action == "iam:PassRole" and (associated := _associated(needed, first, given, place)) != ANY:
        keys = keys | Context({ASSOCIATED: associated})
    for resource in resources:
        yield Need(action=needed.action, resource=resource, keys=keys)


def _associated(needed: Dependent, first: Need, given: Mapping[str, object], place: Place) -> str:
    """Return the ARN of the resource that a passed role is for: the call's resource, or the new task."""
    prefix = first.action.partition(":")[0]
    form = arn_format(prefix, needed.passed_to) if needed.passed_to else None
    return first.resource if form is None else new_of(prefix, form, given, place)


def _deleted(given: Mapping[str, object]) -> dict[bool, list[str]]:
    """Return the keys of objects that DeleteObjects names, by whether it names a version of them."""
    request = given.get("Delete")
    objects = request.get("Objects") if isinstance(request, Mapping) else None
    found: dict[bool, list[str]] = {}
    for each in objects if isinstance(objects, list) else ():
        if isinstance(each, Mapping):
            found.setdefault("VersionId" in each, []).append(str(each.get("Key")))
    return found


def _tag_keys(given: Mapping[str, object]) -> dict[str, str | list[str]]:
    tags = tags_of(given)
    named = [*tags, *(key for name in TAG_KEYS for key in at_path(given, name))]
    return {**{f"aws:RequestTag/{key}": text for key, text in tags.items()}, "aws:TagKeys": named}


def _object_tag_keys(given: Mapping[str, object]) -> dict[str, str | list[str]]:
    tags = object_tags_of(given)
    return {**{f"s3:RequestObjectTag/{key}": text for key, text in tags.items()}, "s3:RequestObjectTagKeys": list(tags)}


def _keys(prefix: str, action: Action, given: Mapping[str, object], place: Place) -> dict[str, tuple[str, ...]]:
    """Return the service's own condition keys, which mostly have a parameter's name."""
    found: dict[str, tuple[str, ...]] = {}
    for key in action.condition_keys:
        owner, _, name = key.partition(":")
        if owner == "aws" or "/" in name:
            continue
        form = arn_format(prefix, name) if is_arn_key(key) else None
        arn = arn_of(prefix, form, given, place) if form else None
        if values := ((arn,) if arn else values_of(prefix, name, given)):
            found[key] = values
    return found
