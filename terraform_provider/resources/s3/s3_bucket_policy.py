"""aws_s3_bucket_policy."""

from typing import Any, ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls
from terraform_provider.resources.s3._setting import Setting
from terraform_provider.values.unknown import State

NONE = "NoSuchBucketPolicy"


@resource("aws_s3_bucket_policy")
class Policy(Setting):
    noun = "S3 Bucket Policy"
    gone = (_calls.NO_BUCKET, NONE)
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3, (code, message) = aws.client("s3"), _calls.NEW_PRINCIPAL
        _calls.put(aws, lambda: s3.put_bucket_policy(Policy=planned["policy"], **place), code, message=message)

    def read(self, aws: Aws, state: State) -> State | None:
        return {"bucket": state["id"], "policy": aws.client("s3").get_bucket_policy(Bucket=state["id"])["Policy"]}

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("s3").delete_bucket_policy(Bucket=state["id"])
