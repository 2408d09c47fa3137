"""aws_backup_plan."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.backup import _rules, _tags
from terraform_provider.values.unknown import State

SETTINGS = {"rule", "advanced_backup_setting"}


@resource("aws_backup_plan")
class Plan(Resource):
    noun = "Backup Plan"
    gone = ("ResourceNotFoundException",)

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("backup").create_backup_plan(
            BackupPlan=_rules.requested(planned), BackupPlanTags=planned["tags_all"] or {}
        )
        return str(made["BackupPlanId"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("backup").get_backup_plan(BackupPlanId=state["id"])
        if found.get("DeletionDate"):
            return None
        plan = found["BackupPlan"]
        return {
            "advanced_backup_setting": _rules.settings(plan),
            "arn": found["BackupPlanArn"],
            "name": plan["BackupPlanName"],
            "rule": [_rules.block(each) for each in plan["Rules"]],
            "tags_all": _tags.of(aws, found["BackupPlanArn"]),
            "version": found["VersionId"],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed & SETTINGS:
            aws.client("backup").update_backup_plan(BackupPlanId=prior["id"], BackupPlan=_rules.requested(planned))
        if "tags_all" in changed:
            _tags.change(aws, prior["arn"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        # Selections that are deleted at the same time may still be seen.
        retried(
            aws,
            lambda: aws.client("backup").delete_backup_plan(BackupPlanId=state["id"]),
            codes=("InvalidRequestException",),
            message="Related backup plan selections must be deleted prior to backup",
        )
