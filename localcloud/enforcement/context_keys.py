"""Condition keys that are not in the call itself: those of transport and time, and of stored resources."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.grants import GRANT_ID
from localcloud.authorization.needs import Need
from localcloud.authorization.resources import Place
from localcloud.enforcement.calls import Call
from localcloud.enforcement.stored_resources import bucket_of, grant_of, key_of, role_of, secret_of, table_of
from localcloud.moto.existing import backend_of
from localcloud.protocol.wire import AwsRequest

OF_TAGS = (":resourcetag/", "rds:db-tag/")
"""Parts of the keys for a resource's tags: `aws:ResourceTag/...`, and each service's own."""
EXISTING = "s3:existingobjecttag/"
ALIASES = "kms:resourcealiases"
BOUNDARY = "iam:permissionsboundary"
TARGET_TAGS = "tags_of_targets"
"""Where `autoscaling/` keeps the tags of scalable targets."""
TIMES = frozenset({"aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:multifactorauthage"})
"""Keys whose values change by themselves, so that no decision by them is kept."""

UNTAGGED = ("s3",)
"""Services whose tags have no effect: those of a bucket have one only where its owner has switched that on."""

TagsOf = Callable[[str], Mapping[str, str]]


def of_transport(request: AwsRequest, region: str, now: datetime) -> Context:
    """Return the keys of a request.

    It counts as sent over TLS from this machine, because the endpoint takes the place of AWS's.
    """
    return Context(
        {
            "aws:SecureTransport": "true",
            "aws:SourceIp": "127.0.0.1",
            "aws:RequestedRegion": region,
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:UserAgent": request.headers.get("user-agent", ""),
            "aws:Referer": request.headers.get("referer", []),
            "aws:ViaAWSService": "false",
        }
    )


def of_encryption(call: Call, place: Place) -> Context:
    """Return KMS's keys of a call to KMS itself."""
    if call.service != "kms":
        return Context()
    given = call.parameters.get("EncryptionContext") or call.parameters.get("SourceEncryptionContext")
    constraints = call.parameters.get("Constraints")
    if call.operation == "CreateGrant" and isinstance(constraints, Mapping):  # the context of what it will allow
        given = {
            key: value for each in constraints.values() if isinstance(each, Mapping) for key, value in each.items()
        }
    pairs = given if isinstance(given, Mapping) else {}
    return Context(
        {
            "kms:CallerAccount": place.account_id,
            "kms:EncryptionContextKeys": [str(key) for key in pairs],
            GRANT_ID: _grant_id(call, place),
            "kms:GrantConstraintType": [*constraints] if isinstance(constraints, Mapping) else [],
            **{f"kms:EncryptionContext:{key}": str(value) for key, value in pairs.items()},
        }
    )


def _grant_id(call: Call, place: Place) -> str | list[str]:
    """Return the grant that a call names, by its id or its token; the token decides, as in KMS."""
    if token := call.parameters.get("GrantToken"):
        found = grant_of(place.account_id, place.region, str(token))
        return [] if found is None else str(found.id)
    return str(call.parameters["GrantId"]) if "GrantId" in call.parameters else []


def of_object(need: Need, place: Place) -> Context:
    """Return the tags of an object of S3, in its newest version. Call in moto's thread."""
    name, _, key = need.resource.removeprefix("arn:aws:s3:::").partition("/")
    bucket, backend = bucket_of(place.account_id, name), backend_of("s3", place.account_id)
    found = None if bucket is None else bucket.keys.get(key)
    tags = {} if found is None else backend.tagger.get_tag_dict_for_resource(found.arn)
    return Context({f"s3:ExistingObjectTag/{key}": str(text) for key, text in tags.items()})


def of_aliases(need: Need, place: Place) -> Context:
    """Return the aliases of a KMS key. Call in moto's thread."""
    key = key_of(place.account_id, place.region, need.resource)
    return Context({} if key is None else {ALIASES: sorted(key.aliases)})


def of_boundary(need: Need, place: Place) -> Context:
    """Return the boundary of the role or user that a call changes. Call in moto's thread."""
    backend = backend_of("iam", place.account_id)
    owners = [] if backend is None else [*backend.roles.values(), *backend.users.values()]
    found = next((each for each in owners if each.arn == need.resource), None)
    boundary = getattr(found, "permissions_boundary_arn", None)
    return Context({BOUNDARY: boundary} if boundary else {})


def resource_tags(arn: str, place: Place, others: Mapping[str, TagsOf], of_any: TagsOf | None = None) -> dict[str, str]:
    """Return the tags of a resource; none for kinds whose tags are not looked up. Call in moto's thread.

    `others`: by service, for those that moto does not keep; `of_any`: for the rest.
    """
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return {}
    service, region, own = parts[2], parts[3], parts[5]
    if service in others:
        return dict(others[service](arn))
    at = Place(account_id=place.account_id, region=region)
    find = TAGGED.get(service)
    found = find(arn, own, at) if find else {}
    if found or of_any is None or service in UNTAGGED:
        return found
    return dict(of_any(arn.partition(":log-stream:")[0]))


def is_of_tag(key: str) -> bool:
    """Return whether a condition key, in lower case, is that of a resource's tag."""
    return any(part in key for part in OF_TAGS)


def tag_context(service: str, tags: Mapping[str, str]) -> Context:
    """Return the condition keys for a resource's tags, under the names that policies use."""
    prefixes = ("aws:ResourceTag/", f"{service}:ResourceTag/", *(("rds:db-tag/",) if service == "rds" else ()))
    return Context({f"{prefix}{key}": value for prefix in prefixes for key, value in tags.items()})


def _listed(tags: Any) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(each.get("Key")): str(each.get("Value", "")) for each in tags or ()}


def _of_secret(arn: str, own: str, at: Place) -> dict[str, str]:
    return _listed(getattr(secret_of(at.account_id, at.region, arn), "tags", None))


def _of_identity(arn: str, own: str, at: Place) -> dict[str, str]:
    backend = backend_of("iam", at.account_id)
    if own.startswith("user/"):
        return {} if backend is None else backend.tagger.get_tag_dict_for_resource(arn)
    found = role_of(at.account_id, arn) if own.startswith("role/") else None
    if own.startswith("policy/") and backend is not None:
        found = backend.managed_policies.get(arn)
    tags = getattr(found, "tags", None)
    return _listed([*tags.values()] if isinstance(tags, Mapping) else tags)


def _of_key(arn: str, own: str, at: Place) -> dict[str, str]:
    key, backend = key_of(at.account_id, at.region, arn), backend_of("kms", at.account_id, at.region)
    return {} if key is None else backend.tagger.get_tag_dict_for_resource(key.id)


def _of_table(arn: str, own: str, at: Place) -> dict[str, str]:
    return _listed(getattr(table_of(at.account_id, at.region, own.removeprefix("table/")), "tags", None))


def _of_database(arn: str, own: str, at: Place) -> dict[str, str]:
    backend = backend_of("rds", at.account_id, at.region)
    kind, _, name = own.partition(":")
    stores = {"db": "databases", "snapshot": "database_snapshots", "cluster": "clusters"}
    found = getattr(backend, stores.get(kind, ""), {}).get(name) if backend is not None else None
    return _listed(getattr(found, "tags", None))


def _of_target(arn: str, own: str, at: Place) -> dict[str, str]:
    backend = backend_of("applicationautoscaling", at.account_id, at.region)
    return {} if backend is None else _listed(getattr(backend, TARGET_TAGS, {}).get(arn))


def _of_network(arn: str, own: str, at: Place) -> dict[str, str]:
    backend = backend_of("ec2", at.account_id, at.region)
    return {} if backend is None else dict(backend.tags.get(own.rpartition("/")[2], {}))


TAGGED: Mapping[str, Callable[[str, str, Place], dict[str, str]]] = {
    "application-autoscaling": _of_target,
    "dynamodb": _of_table,
    "ec2": _of_network,
    "iam": _of_identity,
    "kms": _of_key,
    "rds": _of_database,
    "secretsmanager": _of_secret,
}
