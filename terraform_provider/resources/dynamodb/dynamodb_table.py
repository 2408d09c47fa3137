"""aws_dynamodb_table."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_for
from terraform_provider.resources.dynamodb import _checks, _indexes, _updates
from terraform_provider.values.unknown import State

GONE = "ResourceNotFoundException"
BUSY = "LimitExceededException"
RETRIED_S = 1800.0
LOCAL = "local_secondary_index"
OWN_KEY = "alias/aws/dynamodb"
NO_OWN_KEY = ("NotFoundException", "AccessDeniedException")
"""Never used yet, or not to be seen by these credentials."""


@resource("aws_dynamodb_table")
class Table(Resource):
    noun = "DynamoDB Table"
    gone = (GONE,)

    def validate(self, config: State) -> None:
        _checks.refuse_not_served(config)
        _checks.refuse_keys_without_type(config)
        _checks.refuse_expiry_without_attribute(config)

    def customize_plan(self, change: Change) -> None:
        _checks.refuse_wrong_capacity(change)

    def create(self, aws: Aws, planned: State) -> str:
        mode, hash_key = planned["billing_mode"] or _checks.PROVISIONED, planned["hash_key"]
        optional = {
            "GlobalSecondaryIndexes": [_indexes.global_index(each, mode) for each in planned[_updates.GLOBAL]],
            "LocalSecondaryIndexes": [_indexes.local_index(each, hash_key) for each in planned[LOCAL]],
            "SSESpecification": _updates.encryption(planned) if planned["server_side_encryption"] else None,
            "StreamSpecification": _updates.stream(planned) if planned["stream_enabled"] else None,
            "Tags": tags.as_list(planned["tags_all"]),
        }
        request = {
            "TableName": planned["name"],
            "BillingMode": mode,
            "KeySchema": _indexes.key_schema(planned),
            "AttributeDefinitions": _updates.attributes(planned),
            "DeletionProtectionEnabled": bool(planned["deletion_protection_enabled"]),
            **_indexes.throughput(planned, mode),
            **{name: value for name, value in optional.items() if value},
        }
        # AWS limits how many tables may be in creation at a time.
        retried(
            aws,
            lambda: aws.client("dynamodb").create_table(**request),
            codes=(BUSY, "ThrottlingException"),
            timeout_s=RETRIED_S,
        )
        return str(planned["name"])

    def complete(self, aws: Aws, state: State) -> None:
        _updates.wait(aws, state["id"], state, "create")
        if any(each["enabled"] for each in state["ttl"]):
            _updates.set_expiry(aws, state["id"], state["ttl"])
        if any(each["enabled"] for each in state["point_in_time_recovery"]):
            _updates.set_recovery(aws, state["id"], state["point_in_time_recovery"])

    def read(self, aws: Aws, state: State) -> State | None:
        dynamodb, name = aws.client("dynamodb"), state["id"]
        found = dynamodb.describe_table(TableName=name)["Table"]
        stream = found.get("StreamSpecification")
        before = {each["name"]: each for each in state[LOCAL] or ()}
        return {
            "arn": found["TableArn"],
            "attribute": [
                {"name": each["AttributeName"], "type": each["AttributeType"]}
                for each in found.get("AttributeDefinitions", [])
            ],
            "billing_mode": found.get("BillingModeSummary", {}).get("BillingMode", _checks.PROVISIONED),
            "deletion_protection_enabled": found.get("DeletionProtectionEnabled"),
            _updates.GLOBAL: [_indexes.global_block(each) for each in found.get("GlobalSecondaryIndexes", [])],
            LOCAL: [
                _indexes.local_block(each, before.get(each["IndexName"]))
                for each in found.get("LocalSecondaryIndexes", [])
            ],
            "name": found["TableName"],
            "on_demand_throughput": [],
            "point_in_time_recovery": [_recovery(dynamodb, name)],
            "replica": [],
            "server_side_encryption": _encryption(aws, found.get("SSEDescription")),
            "stream_arn": found.get("LatestStreamArn"),
            "stream_enabled": bool(stream and stream.get("StreamEnabled")),
            "stream_label": found.get("LatestStreamLabel"),
            "stream_view_type": stream.get("StreamViewType") if stream else state["stream_view_type"],
            "table_class": found.get("TableClassSummary", {}).get("TableClass", _checks.STANDARD),
            "ttl": [_expiry(dynamodb, name)],
            **{name: key for name, key in _indexes.keys_of(found["KeySchema"]).items() if key},
            **_indexes.capacities(found.get("ProvisionedThroughput")),
            "tags_all": _tags(dynamodb, found["TableArn"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        dynamodb, name = aws.client("dynamodb"), prior["id"]
        _updates.change_table(aws, prior, planned, changed)
        if "ttl" in changed:
            _updates.set_expiry(aws, name, planned["ttl"])
        if "point_in_time_recovery" in changed:
            _updates.set_recovery(aws, name, planned["point_in_time_recovery"])
        if "tags_all" in changed:
            arn = prior["arn"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: dynamodb.untag_resource(ResourceArn=arn, TagKeys=keys),
                tag=lambda added: dynamodb.tag_resource(ResourceArn=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        dynamodb, name = aws.client("dynamodb"), state["id"]
        retried(
            aws,
            lambda: dynamodb.delete_table(TableName=name),
            codes=(BUSY, "ResourceInUseException", "ThrottlingException"),
        )

        def is_gone() -> bool:
            try:
                dynamodb.describe_table(TableName=name)
            except ClientError as exc:
                if code_of(exc) != GONE:
                    raise
                return True
            return False

        limit = timeout_s(state, "delete", _updates.TIMEOUTS["delete"])
        wait_for(aws, "the table to be gone", is_gone, timeout_s=limit)


def _recovery(dynamodb: Any, name: str) -> State:
    found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = found.get("PointInTimeRecoveryDescription", {})
    return {
        "enabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "recovery_period_in_days": recovery.get("RecoveryPeriodInDays", 0),
    }


def _expiry(dynamodb: Any, name: str) -> State:
    found = dynamodb.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
    return {
        "attribute_name": found.get("AttributeName", ""),
        "enabled": found.get("TimeToLiveStatus") == "ENABLED",
    }


def _encryption(aws: Aws, found: dict[str, Any] | None) -> list[State]:
    """Return the block; AWS's managed key counts as none, as it is the default."""
    if not found:
        return []
    key = found.get("KMSMasterKeyArn", "")
    return [{"enabled": found.get("Status") == "ENABLED", "kms_key_arn": "" if key == _own_key(aws) else key}]


def _own_key(aws: Aws) -> str:
    try:
        return str(aws.client("kms").describe_key(KeyId=OWN_KEY)["KeyMetadata"]["Arn"])
    except ClientError as exc:
        if code_of(exc) not in NO_OWN_KEY:
            raise
        return ""


def _tags(dynamodb: Any, arn: str) -> dict[str, str]:
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return tags.as_dict([each for page in pages for each in page["Tags"]])
