"""aws_s3_bucket_versioning."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import is_set, known_blocks
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls
from terraform_provider.resources.s3._setting import Setting, names_of, place_of
from terraform_provider.values.unknown import State

NEVER = "Disabled"
"""The state of a bucket that never had versions: nobody can set it."""
BLOCK = "versioning_configuration"


@resource("aws_s3_bucket_versioning")
class Versioning(Setting):
    noun = "S3 Bucket Versioning"
    gone = (_calls.NO_BUCKET,)

    def validate(self, config: State) -> None:
        with_device = any(each.get("mfa_delete") == "Enabled" for each in known_blocks(config, BLOCK))
        if with_device or is_set(config.get("mfa")):
            raise ProviderError(
                f'the stand-in for hashicorp/aws does not serve "{"mfa_delete" if with_device else "mfa"}" of '
                "aws_s3_bucket_versioning",
                "The local cloud has no MFA devices. Remove the argument, or use the real provider.",
                (BLOCK,) if with_device else ("mfa",),
            )

    def customize_plan(self, change: Change) -> None:
        old, new = (_status(each) for each in (change.prior or {}, change.planned))
        if new == NEVER and old not in (None, NEVER):
            change.refuse(
                f"versioning_configuration.status cannot be updated from '{old}' to '{new}'",
                'A bucket that had versions keeps them: use "Suspended".',
                BLOCK,
            )

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        block = planned[BLOCK][0]
        if block["status"] == NEVER:
            return
        configuration = given(block, {"status": "Status", "mfa_delete": "MFADelete"})
        s3 = aws.client("s3")
        _calls.put(aws, lambda: s3.put_bucket_versioning(VersioningConfiguration=configuration, **place))

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_versioning(**place_of(state["id"]))
        block = {"mfa_delete": found.get("MFADelete", ""), "status": found.get("Status", NEVER)}
        return {**names_of(state["id"]), BLOCK: [block]}

    def delete(self, aws: Aws, state: State) -> None:
        if _status(state) == NEVER:
            return
        suspended = {"Status": "Suspended"}
        try:
            aws.client("s3").put_bucket_versioning(VersioningConfiguration=suspended, **place_of(state["id"]))
        except ClientError as exc:
            # Versions that are locked cannot be suspended; the bucket keeps them.
            if code_of(exc) != "InvalidBucketState":
                raise


def _status(state: State) -> Any:
    blocks = state.get(BLOCK)
    return blocks[0].get("status") if isinstance(blocks, list) and blocks else None
