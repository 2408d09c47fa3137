"""aws_s3_bucket_replication_configuration."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls, _replication
from terraform_provider.resources.s3._setting import Setting
from terraform_provider.values.unknown import State


@resource("aws_s3_bucket_replication_configuration")
class Replication(Setting):
    noun = "S3 Bucket Replication Configuration"
    gone = (_calls.NO_BUCKET, _replication.NONE)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3 = aws.client("s3")
        configuration = {"Role": planned["role"], "Rules": _replication.of_blocks(planned["rule"])}
        token = {"Token": planned["token"]} if planned["token"] else {}
        code, message = _replication.NO_VERSIONS
        _calls.put(
            aws,
            lambda: s3.put_bucket_replication(ReplicationConfiguration=configuration, **place, **token),
            code,
            message=message,
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_replication(Bucket=state["id"])["ReplicationConfiguration"]
        return {"bucket": state["id"], "role": found["Role"], "rule": _replication.as_blocks(found["Rules"])}

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("s3").delete_bucket_replication(Bucket=state["id"])
