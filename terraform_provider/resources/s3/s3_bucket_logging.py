"""aws_s3_bucket_logging."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.resources.s3 import _calls
from terraform_provider.resources.s3._setting import Setting, names_of, place_of
from terraform_provider.values.unknown import State

GRANTEE = {
    "display_name": "DisplayName",
    "email_address": "EmailAddress",
    "id": "ID",
    "type": "Type",
    "uri": "URI",
}
KEY_FORMAT = "target_object_key_format"
PARTITIONED = "partitioned_prefix"


@resource("aws_s3_bucket_logging")
class Logging(Setting):
    noun = "S3 Bucket Logging"
    gone = (_calls.NO_BUCKET,)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        logging: dict[str, Any] = {
            "TargetBucket": planned["target_bucket"],
            "TargetPrefix": planned["target_prefix"] or "",
        }
        if planned["target_grant"]:
            logging["TargetGrants"] = [_grant(each) for each in planned["target_grant"]]
        if planned[KEY_FORMAT]:
            logging["TargetObjectKeyFormat"] = _key_format(planned[KEY_FORMAT][0])
        s3, status = aws.client("s3"), {"LoggingEnabled": logging}
        _calls.put(aws, lambda: s3.put_bucket_logging(BucketLoggingStatus=status, **place))

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_logging(**place_of(state["id"])).get("LoggingEnabled")
        if found is None:
            return None
        return {
            **names_of(state["id"]),
            "target_bucket": found["TargetBucket"],
            "target_grant": [_grant_block(each) for each in found.get("TargetGrants", [])],
            KEY_FORMAT: _key_format_blocks(found.get("TargetObjectKeyFormat")),
            "target_prefix": found.get("TargetPrefix"),
        }

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("s3").put_bucket_logging(BucketLoggingStatus={}, **place_of(state["id"]))


def _grant(block: State) -> dict[str, Any]:
    names = {ours: theirs for ours, theirs in GRANTEE.items() if ours != "display_name"}
    return {"Grantee": given(block["grantee"][0], names), "Permission": block["permission"]}


def _grant_block(grant: dict[str, Any]) -> State:
    grantee = {ours: grant["Grantee"].get(theirs) or "" for ours, theirs in GRANTEE.items()}
    return {"grantee": [grantee], "permission": grant["Permission"]}


def _key_format(block: State) -> dict[str, Any]:
    if block[PARTITIONED]:
        return {"PartitionedPrefix": {"PartitionDateSource": block[PARTITIONED][0]["partition_date_source"]}}
    return {"SimplePrefix": {}}


def _key_format_blocks(found: dict[str, Any] | None) -> list[State]:
    if not found:
        return []
    partitioned, simple = found.get("PartitionedPrefix"), found.get("SimplePrefix")
    blocks = [] if partitioned is None else [{"partition_date_source": partitioned.get("PartitionDateSource", "")}]
    return [{PARTITIONED: blocks, "simple_prefix": [] if simple is None else [{}]}]
