"""aws_ecr_repository."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_for
from terraform_provider.values.unknown import State

DELETE_TIMEOUT = "20m"
GONE = "RepositoryNotFoundException"


@resource("aws_ecr_repository")
class Repository(Resource):
    noun = "ECR Repository"
    gone = (GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        optional = {
            "imageScanningConfiguration": _scanning(planned),
            "encryptionConfiguration": _encryption(planned),
            "tags": tags.as_list(planned["tags_all"]),
        }
        aws.client("ecr").create_repository(
            repositoryName=planned["name"],
            imageTagMutability=planned["image_tag_mutability"],
            **{key: value for key, value in optional.items() if value},
        )
        return str(planned["name"])

    def read(self, aws: Aws, state: State) -> State | None:
        ecr = aws.client("ecr")
        found = ecr.describe_repositories(repositoryNames=[state["id"]])["repositories"][0]
        arn = found["repositoryArn"]
        encryption = found.get("encryptionConfiguration")
        scanning = found.get("imageScanningConfiguration")
        return {
            "arn": arn,
            "encryption_configuration": [
                {"encryption_type": each["encryptionType"], "kms_key": each.get("kmsKey", "")}
                for each in ([encryption] if encryption else [])
            ],
            "image_scanning_configuration": [
                {"scan_on_push": each.get("scanOnPush", False)} for each in ([scanning] if scanning else [])
            ],
            "image_tag_mutability": found["imageTagMutability"],
            "name": found["repositoryName"],
            "registry_id": found["registryId"],
            "repository_url": found["repositoryUri"],
            "tags_all": tags.as_dict(ecr.list_tags_for_resource(resourceArn=arn)["tags"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        ecr = aws.client("ecr")
        place = {"registryId": prior["registry_id"], "repositoryName": prior["id"]}
        if "image_tag_mutability" in changed:
            ecr.put_image_tag_mutability(imageTagMutability=planned["image_tag_mutability"], **place)
        if "image_scanning_configuration" in changed:
            scanning = _scanning(planned) or {"scanOnPush": False}
            ecr.put_image_scanning_configuration(imageScanningConfiguration=scanning, **place)
        if "tags_all" in changed:
            arn = prior["arn"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: ecr.untag_resource(resourceArn=arn, tagKeys=keys),
                tag=lambda added: ecr.tag_resource(resourceArn=arn, tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        ecr, name = aws.client("ecr"), state["id"]
        force = {"force": True} if state["force_delete"] else {}
        try:
            ecr.delete_repository(registryId=state["registry_id"], repositoryName=name, **force)
        except ClientError as exc:
            if code_of(exc) != "RepositoryNotEmptyException":
                raise
            raise ProviderError(
                f"ECR Repository ({name}) not empty, consider using force_delete: {exc}",
                "Delete its images, or apply force_delete = true first, then destroy.",
                ("force_delete",),
            ) from exc
        limit = timeout_s(state, "delete", DELETE_TIMEOUT)
        wait_for(aws, "the repository to be gone", lambda: not _exists(ecr, name), timeout_s=limit)


def _scanning(planned: State) -> dict[str, bool]:
    blocks = planned["image_scanning_configuration"]
    return {"scanOnPush": bool(blocks[0]["scan_on_push"])} if blocks else {}


def _encryption(planned: State) -> dict[str, str]:
    if not planned["encryption_configuration"]:
        return {}
    block = planned["encryption_configuration"][0]
    key = {"kmsKey": block["kms_key"]} if block["kms_key"] else {}
    return {"encryptionType": block["encryption_type"], **key}


def _exists(ecr: Any, name: str) -> bool:
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ClientError as exc:
        if code_of(exc) == GONE:
            return False
        raise
    return True
