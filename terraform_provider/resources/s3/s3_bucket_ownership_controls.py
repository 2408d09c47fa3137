"""aws_s3_bucket_ownership_controls."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.s3 import _calls
from terraform_provider.resources.s3._setting import Setting
from terraform_provider.values.unknown import State

NONE = "OwnershipControlsNotFoundError"


@resource("aws_s3_bucket_ownership_controls")
class OwnershipControls(Setting):
    noun = "S3 Bucket Ownership Controls"
    gone = (_calls.NO_BUCKET, NONE)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3 = aws.client("s3")
        rules = {"Rules": [{"ObjectOwnership": each["object_ownership"]} for each in planned["rule"]]}
        _calls.put(aws, lambda: s3.put_bucket_ownership_controls(OwnershipControls=rules, **place), _calls.ABORTED)

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_ownership_controls(Bucket=state["id"])["OwnershipControls"]
        rules = [{"object_ownership": each["ObjectOwnership"]} for each in found["Rules"]]
        return {"bucket": state["id"], "rule": rules}

    def delete(self, aws: Aws, state: State) -> None:
        s3 = aws.client("s3")
        retried(aws, lambda: s3.delete_bucket_ownership_controls(Bucket=state["id"]), codes=(_calls.ABORTED,))
