"""aws_cloudwatch_log_group."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State


@resource("aws_cloudwatch_log_group")
class LogGroup(Resource):
    noun = "CloudWatch Logs Log Group"
    gone = ("ResourceNotFoundException",)

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name(planned)
        optional = {
            "kmsKeyId": planned["kms_key_id"],
            "logGroupClass": planned["log_group_class"],
            "tags": planned["tags_all"],
        }
        aws.client("logs").create_log_group(
            logGroupName=name, **{key: value for key, value in optional.items() if value}
        )
        return name

    def complete(self, aws: Aws, state: State) -> None:
        if state["retention_in_days"]:
            aws.client("logs").put_retention_policy(
                logGroupName=state["id"], retentionInDays=state["retention_in_days"]
            )

    def read(self, aws: Aws, state: State) -> State | None:
        logs, name = aws.client("logs"), state["id"]
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        found = next((each for page in pages for each in page["logGroups"] if each["logGroupName"] == name), None)
        if found is None:
            return None
        arn = found["arn"].removesuffix(":*")
        return {
            "arn": arn,
            "kms_key_id": found.get("kmsKeyId"),
            "log_group_class": found.get("logGroupClass"),
            "name": name,
            "name_prefix": prefix_of(name),
            "retention_in_days": found.get("retentionInDays"),
            "skip_destroy": bool(state["skip_destroy"]),
            "tags_all": logs.list_tags_for_resource(resourceArn=arn)["tags"],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        logs, name = aws.client("logs"), prior["id"]
        if "retention_in_days" in changed:
            if planned["retention_in_days"]:
                logs.put_retention_policy(logGroupName=name, retentionInDays=planned["retention_in_days"])
            else:
                logs.delete_retention_policy(logGroupName=name)
        if "kms_key_id" in changed:
            if planned["kms_key_id"]:
                logs.associate_kms_key(logGroupName=name, kmsKeyId=planned["kms_key_id"])
            else:
                logs.disassociate_kms_key(logGroupName=name)
        if "tags_all" in changed:
            arn = prior["arn"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: logs.untag_resource(resourceArn=arn, tagKeys=keys),
                tag=lambda added: logs.tag_resource(resourceArn=arn, tags=added),
            )

    def delete(self, aws: Aws, state: State) -> None:
        if not state["skip_destroy"]:
            aws.client("logs").delete_log_group(logGroupName=state["id"])
