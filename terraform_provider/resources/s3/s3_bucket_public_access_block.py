"""aws_s3_bucket_public_access_block."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.waiting import PROPAGATION_S, wait_for
from terraform_provider.resources.s3 import _calls
from terraform_provider.resources.s3._setting import Setting
from terraform_provider.values.unknown import State

NONE = "NoSuchPublicAccessBlockConfiguration"
SETTINGS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


@resource("aws_s3_bucket_public_access_block")
class PublicAccessBlock(Setting):
    noun = "S3 Bucket Public Access Block"
    gone = (_calls.NO_BUCKET, NONE)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3 = aws.client("s3")
        wanted = {theirs: bool(planned[ours]) for ours, theirs in SETTINGS.items()}
        _calls.put(aws, lambda: s3.put_public_access_block(PublicAccessBlockConfiguration=wanted, **place))

        def is_so() -> bool:
            found = _calls.found(lambda: s3.get_public_access_block(**place), NONE)
            return found is not None and _settings(found) == wanted

        wait_for(aws, "the public access block to change", is_so, timeout_s=PROPAGATION_S)

    def read(self, aws: Aws, state: State) -> State | None:
        settings = _settings(aws.client("s3").get_public_access_block(Bucket=state["id"]))
        return {"bucket": state["id"], **{ours: settings[theirs] for ours, theirs in SETTINGS.items()}}

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("s3").delete_public_access_block(Bucket=state["id"])


def _settings(found: dict[str, Any]) -> dict[str, bool]:
    return {name: bool(found["PublicAccessBlockConfiguration"].get(name)) for name in SETTINGS.values()}
