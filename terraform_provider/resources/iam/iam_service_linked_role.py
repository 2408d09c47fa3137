"""aws_iam_service_linked_role."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import wait_until
from terraform_provider.values.unknown import State

DELETE_TIMEOUT_S = 300


@resource("aws_iam_service_linked_role")
class ServiceLinkedRole(Resource):
    noun = "IAM Service Linked Role"
    title = "aws_service_name"
    gone = ("NoSuchEntity",)

    def validate(self, config: State) -> None:
        service = config.get("aws_service_name")
        if isinstance(service, str) and "." not in service:
            raise ProviderError(
                "must be a full service hostname e.g. elasticbeanstalk.amazonaws.com",
                f'"{service}" is not one.',
                ("aws_service_name",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        optional = {"CustomSuffix": planned["custom_suffix"], "Description": planned["description"]}
        made = aws.client("iam").create_service_linked_role(
            AWSServiceName=planned["aws_service_name"], **{key: value for key, value in optional.items() if value}
        )
        return str(made["Role"]["Arn"])

    def complete(self, aws: Aws, state: State) -> None:
        if state["tags_all"]:
            name = _parts(state["id"])[1]
            aws.client("iam").tag_role(RoleName=name, Tags=tags.as_list(state["tags_all"]))

    def read(self, aws: Aws, state: State) -> State | None:
        service, name = _parts(state["id"])
        role = aws.client("iam").get_role(RoleName=name)["Role"]
        words = name.split("_")
        return {
            "arn": role["Arn"],
            "aws_service_name": service,
            "create_date": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "custom_suffix": words[1] if len(words) == 2 else "",
            "description": role.get("Description"),
            "name": role["RoleName"],
            "path": role["Path"],
            "unique_id": role["RoleId"],
            "tags_all": tags.as_dict(role.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        iam, name = aws.client("iam"), _parts(prior["id"])[1]
        if "description" in changed:
            iam.update_role(RoleName=name, Description=planned["description"] or "")
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: iam.untag_role(RoleName=name, TagKeys=keys),
                tag=lambda added: iam.tag_role(RoleName=name, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        iam, name = aws.client("iam"), _parts(state["id"])[1]
        task = iam.delete_service_linked_role(RoleName=name).get("DeletionTaskId")
        if task:
            wait_until(
                aws,
                f"the deletion of {name}",
                lambda: _status(iam, task),
                ("SUCCEEDED",),
                pending=("IN_PROGRESS", "NOT_STARTED"),
                timeout_s=DELETE_TIMEOUT_S,
            )


def _status(iam: Any, task: str) -> str:
    """Return the status of a deletion. Errors: ProviderError with the resources that use the role."""
    found = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    reason = found.get("Reason") or {}
    if found["Status"] == "FAILED" and reason:
        used = "; ".join(
            f"{each.get('Region', '')}: {', '.join(each.get('Resources') or ())}"
            for each in reason.get("RoleUsageList") or ()
        )
        raise ProviderError(
            reason.get("Reason") or "the deletion failed",
            f"Delete what uses the role first: {used}." if used else "Find out from the service what uses the role.",
        )
    return str(found["Status"])


def _parts(arn: str) -> tuple[str, str]:
    """Return the service and the role's name."""
    parts = arn.partition(":role/")[2].split("/")
    if not arn.startswith("arn:") or len(parts) != 3:
        raise ProviderError(
            "expected IAM Service Role ARN (arn:PARTITION:iam::ACCOUNTID:role/aws-service-role/SERVICENAME/ROLENAME), "
            f"received: {arn}",
            "Import with the role's ARN.",
            ("id",),
        )
    return parts[1], parts[2]
