"""aws_s3_bucket_server_side_encryption_configuration."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls, _encryption
from terraform_provider.resources.s3._setting import Setting, names_of, place_of
from terraform_provider.values.unknown import State


@resource("aws_s3_bucket_server_side_encryption_configuration")
class Encryption(Setting):
    noun = "S3 Bucket Server-side Encryption Configuration"
    gone = (_calls.NO_BUCKET, _encryption.NONE)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3, rules = aws.client("s3"), _encryption.of_blocks(planned["rule"])
        _calls.put(
            aws,
            lambda: s3.put_bucket_encryption(ServerSideEncryptionConfiguration=rules, **place),
            _calls.ABORTED,
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_encryption(**place_of(state["id"]))
        return {**names_of(state["id"]), "rule": _encryption.as_blocks(found)}

    def delete(self, aws: Aws, state: State) -> None:
        # S3 encrypts with its own key again: there is always some encryption to read.
        aws.client("s3").delete_bucket_encryption(**place_of(state["id"]))
