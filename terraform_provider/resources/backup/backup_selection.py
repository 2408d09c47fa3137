"""aws_backup_selection."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, message_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

NAME = r"[0-9A-Za-z_.-]{1,50}"
TAG = {"key": "ConditionKey", "type": "ConditionType", "value": "ConditionValue"}
CONDITIONS = {
    "string_equals": "StringEquals",
    "string_like": "StringLike",
    "string_not_equals": "StringNotEquals",
    "string_not_like": "StringNotLike",
}
NO_ROLE_YET = "cannot be assumed by AWS Backup"


@resource("aws_backup_selection")
class Selection(Resource):
    noun = "Backup Selection"
    gone = ("ResourceNotFoundException",)

    def validate(self, config: State) -> None:
        name = config.get("name")
        if isinstance(name, str) and not re.fullmatch(NAME, name):
            raise ProviderError(
                "invalid value for name (must contain 1 to 50 alphanumeric, hyphen, underscore, period characters)",
                path=("name",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        selection = {
            "SelectionName": planned["name"],
            "IamRoleArn": planned["iam_role_arn"],
            "Resources": planned["resources"] or [],
            "NotResources": planned["not_resources"] or [],
            "ListOfTags": [{theirs: each[ours] for ours, theirs in TAG.items()} for each in planned["selection_tag"]],
            "Conditions": _conditions(planned["condition"]),
        }
        # The role was created a moment ago, and AWS Backup does not know it yet.
        made = retried(
            aws,
            lambda: aws.client("backup").create_backup_selection(
                BackupPlanId=planned["plan_id"], BackupSelection=selection
            ),
            codes=("InvalidParameterValueException",),
            message=NO_ROLE_YET,
        )
        return str(made["SelectionId"])

    def read(self, aws: Aws, state: State) -> State | None:
        try:
            found = aws.client("backup").get_backup_selection(BackupPlanId=state["plan_id"], SelectionId=state["id"])
        except ClientError as exc:
            if "Cannot find Backup plan" in message_of(exc):
                return None
            raise
        selection = found["BackupSelection"]
        return {
            "condition": _condition_blocks(selection.get("Conditions")),
            "iam_role_arn": selection["IamRoleArn"],
            "name": selection["SelectionName"],
            "not_resources": selection.get("NotResources"),
            "plan_id": found["BackupPlanId"],
            "resources": selection.get("Resources"),
            "selection_tag": [
                {ours: each[theirs] for ours, theirs in TAG.items()} for each in selection.get("ListOfTags", [])
            ],
        }

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("backup").delete_backup_selection(BackupPlanId=state["plan_id"], SelectionId=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        plan, separator, selection = id.partition("|")
        if not separator or not plan or not selection:
            raise ProviderError(
                f'unexpected format of ID ("{id}"), expected <plan-id>|<selection-id>', "Both ids are UUIDs."
            )
        return {"id": selection, "plan_id": plan}


def _conditions(blocks: list[State]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for block in blocks:
        for ours, theirs in CONDITIONS.items():
            pairs = [{"ConditionKey": each["key"], "ConditionValue": each["value"]} for each in block[ours]]
            if pairs:
                made[theirs] = made.get(theirs, []) + pairs
    return made


def _condition_blocks(found: Mapping[str, Any] | None) -> list[State]:
    if found is None:
        return []
    return [
        {
            ours: [{"key": each["ConditionKey"], "value": each["ConditionValue"]} for each in found.get(theirs) or ()]
            for ours, theirs in CONDITIONS.items()
        }
    ]
