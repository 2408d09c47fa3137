"""aws_ecr_repository_policy."""

from typing import ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

NO_REPOSITORY = "RepositoryNotFoundException"
# ECR's error for a principal that IAM has just created.
NEW_PRINCIPAL = ("InvalidParameterException", "Principal not found")


@resource("aws_ecr_repository_policy")
class RepositoryPolicy(Resource):
    noun = "ECR Repository Policy"
    title = "repository"
    gone = ("RepositoryPolicyNotFoundException", NO_REPOSITORY)
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def create(self, aws: Aws, planned: State) -> str:
        self.put(aws, planned)
        return str(planned["repository"])

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        self.put(aws, planned)

    def put(self, aws: Aws, planned: State) -> None:
        code, message = NEW_PRINCIPAL
        retried(
            aws,
            lambda: aws.client("ecr").set_repository_policy(
                repositoryName=planned["repository"], policyText=planned["policy"]
            ),
            codes=(code,),
            message=message,
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("ecr").get_repository_policy(repositoryName=state["id"])
        return {
            "policy": found["policyText"],
            "registry_id": found["registryId"],
            "repository": found["repositoryName"],
        }

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("ecr").delete_repository_policy(repositoryName=state["id"])
