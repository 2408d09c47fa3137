"""aws_s3_bucket_cors_configuration."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls, _cors
from terraform_provider.resources.s3._setting import Setting, names_of, place_of
from terraform_provider.values.unknown import State


@resource("aws_s3_bucket_cors_configuration")
class Cors(Setting):
    noun = "S3 Bucket CORS Configuration"
    gone = (_calls.NO_BUCKET, _cors.NONE)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3, rules = aws.client("s3"), _cors.of_blocks(planned["cors_rule"])
        _calls.put(aws, lambda: s3.put_bucket_cors(CORSConfiguration=rules, **place))

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_cors(**place_of(state["id"]))
        return {**names_of(state["id"]), "cors_rule": _cors.as_blocks(found["CORSRules"], with_id=True)}

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("s3").delete_bucket_cors(**place_of(state["id"]))
