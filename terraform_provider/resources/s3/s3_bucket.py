"""aws_s3_bucket."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import known_blocks, refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_for
from terraform_provider.resources.s3 import _calls, _emptying, _grants, _places, _website
from terraform_provider.resources.s3._parts import LOCKED, LOCKS, PARTS, REPLICATION, Part
from terraform_provider.values.unknown import State, Value

WITHOUT_LOCATION = "us-east-1"
TIMEOUT = "20m"
CONFLICTS = (("bucket", "bucket_prefix"), ("acl", "grant"), ("object_lock_enabled", LOCKS))
NOT_FOUND = "404"  # the code of HEAD, which has no body


@resource("aws_s3_bucket")
class Bucket(Resource):
    noun = "S3 Bucket"
    title = "bucket"
    gone = (_calls.NO_BUCKET, NOT_FOUND)
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def validate(self, config: State) -> None:
        for one, other in CONFLICTS:
            refuse_conflicts(config, one, other)
        if isinstance(config.get("bucket"), str) and config["bucket"]:
            _places.check_name(config["bucket"])
        for block in known_blocks(config, "versioning"):
            if block.get("mfa_delete") is True:
                raise ProviderError(
                    'the stand-in for hashicorp/aws does not serve "mfa_delete" of aws_s3_bucket',
                    "The local cloud has no MFA devices. Remove the argument, or use the real provider.",
                    ("versioning",),
                )

    def create(self, aws: Aws, planned: State) -> str:
        s3, name = aws.client("s3"), chosen_name(planned, "bucket", "bucket_prefix")
        _places.check_name(name)
        if aws.region == WITHOUT_LOCATION and _exists(s3, name):
            # There S3 would return the existing bucket for a second creation, which is not Terraform's.
            raise ProviderError(
                f"creating S3 Bucket ({name}): BucketAlreadyExists",
                "Import it (`terraform import`), or choose another name.",
                ("bucket",),
            )
        request: dict[str, Any] = {"Bucket": name, "ACL": planned["acl"] or _grants.PRIVATE}
        if aws.region != WITHOUT_LOCATION:
            request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if planned["object_lock_enabled"] or _locks_objects(planned):
            request["ObjectLockEnabledForBucket"] = True
        limit = timeout_s(planned, "create", TIMEOUT)
        retried(aws, lambda: s3.create_bucket(**request), codes=(_calls.ABORTED,), timeout_s=limit)
        return name

    def complete(self, aws: Aws, state: State) -> None:
        s3, limit = aws.client("s3"), timeout_s(state, "create", TIMEOUT)
        wait_for(aws, "the bucket to appear", lambda: _exists(s3, state["id"]), timeout_s=limit)
        if state["tags_all"]:
            _set_tags(aws, state["id"], state["tags_all"])
        # A new bucket has the ACL already, and no versions.
        unversioned = [{"enabled": False, "mfa_delete": False}]
        given = {name for name, value in state.items() if name != "acl" and value not in (None, "", [], unversioned)}
        _change_parts(aws, state["id"], state, frozenset(given))

    def read(self, aws: Aws, state: State) -> State | None:
        s3, name = aws.client("s3"), state["id"]
        region = s3.head_bucket(Bucket=name).get("BucketRegion") or aws.region
        found: State = {part.name: part.get(s3, name) for part in PARTS}
        website = _website.domain(region)
        return {
            **found,
            "arn": aws.arn("s3", name, region="", account=""),
            "bucket": name,
            "bucket_domain_name": f"{name}.s3.{aws.dns_suffix}",
            "bucket_prefix": prefix_of(name),
            "bucket_regional_domain_name": _places.regional_domain(name, region),
            "hosted_zone_id": _places.ZONES.get(region, ""),
            "object_lock_enabled": _locks_objects(found),
            "region": region,
            "tags_all": _tags(s3, name),
            **({"website_domain": website, "website_endpoint": f"{name}.{website}"} if found["website"] else {}),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _change_parts(aws, prior["id"], planned, changed)
        if "tags_all" in changed:
            _set_tags(aws, prior["id"], _kept_by_aws(aws, prior) | (planned["tags_all"] or {}))

    def delete(self, aws: Aws, state: State) -> None:
        s3, name = aws.client("s3"), state["id"]
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as exc:
            if code_of(exc) != "BucketNotEmpty" or not state["force_destroy"]:
                raise
            _emptying.empty(s3, name, is_locked=_locks_objects(state))
            self.delete(aws, state)
            return
        limit = timeout_s(state, "delete", TIMEOUT)
        wait_for(aws, "the bucket to be gone", lambda: not _exists(s3, name), timeout_s=limit)


def _exists(s3: Any, name: str) -> bool:
    return _calls.found(lambda: s3.head_bucket(Bucket=name), NOT_FOUND, _calls.NO_BUCKET) is not None


def _locks_objects(state: State) -> bool:
    return any(each["object_lock_enabled"] == LOCKED for each in state[LOCKS])


def _change_parts(aws: Aws, name: str, wanted: State, changed: frozenset[str]) -> None:
    if REPLICATION in changed and wanted[REPLICATION] and not any(each["enabled"] for each in wanted["versioning"]):
        raise ProviderError(
            f"versioning must be enabled on S3 Bucket ({name}) to allow replication",
            "Add a versioning block, or use aws_s3_bucket_replication_configuration.",
            (REPLICATION,),
        )
    for part in PARTS:
        if part.name == "grant" and "acl" in changed and wanted["acl"] and not wanted["grant"]:
            _grants.put_canned(aws, name, wanted["acl"])
        elif part.name in changed:
            _set_part(aws, part, name, wanted[part.name])


def _set_part(aws: Aws, part: Part, name: str, value: Value) -> None:
    code, message = _calls.NEW_PRINCIPAL
    _calls.put(aws, lambda: part.set(aws.client("s3"), name, value), code, message=message)


def _tags(s3: Any, name: str) -> dict[str, str]:
    found = _calls.found(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet", *_calls.NOT_OFFERED)
    return tags.as_dict((found or {}).get("TagSet"))


def _kept_by_aws(aws: Aws, prior: State) -> dict[str, str]:
    """Return AWS's own tags: a change replaces all tags."""
    there = _tags(aws.client("s3"), prior["id"])
    ours = tags.read_tags(aws.settings, there, prior)["tags_all"]
    return {key: text for key, text in there.items() if key not in ours}


def _set_tags(aws: Aws, name: str, wanted: dict[str, str]) -> None:
    s3 = aws.client("s3")
    if wanted:
        _calls.put(aws, lambda: s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.as_list(wanted)}))
    else:
        _calls.put(aws, lambda: s3.delete_bucket_tagging(Bucket=name))
