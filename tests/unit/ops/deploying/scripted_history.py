"""A service with earlier deployments, whose ECS and ECR answer as a test scripts them."""

from typing import Any

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import rollback
from tests.unit.ops.scripted_cluster import ARN, Cluster, deployment, no_image, task

WHERE = "spendsense-local/spendsense-backend"


FAILED = "ROLLBACK_SUCCESSFUL"


def image(revision: int) -> str:
    return f"registry/spendsense-backend@sha256:{str(revision) * 64}"


class ServiceWithHistory(Cluster):
    """A service with earlier deployments."""

    def __init__(self, aws: Aws, wire: Any) -> None:
        super().__init__(aws, wire)
        self.deployed: list[dict[str, Any]] = []  # newest first
        self.inactive: set[int] = set()
        self.gone: set[int] = set()  # revisions whose image is
        self.never_deployed: set[int] = set()  # those of Terraform's first apply, without an image
        self.secrets: dict[int, str] = {}  # by revision, the one that its tasks get
        self.pulled: set[int] | None = None  # revisions that ever ran a task, where ECS tells
        self.when_described: list[Any] = []  # steps, one for each DescribeServiceDeployments after a change
        for operation, answer in {
            "DescribeServiceDeployments": self.describe_service_deployments,
            "DescribeServiceRevisions": self.describe_service_revisions,
            "StopServiceDeployment": self.stop,
        }.items():
            self.ecs.on(operation, answer)
        self.ecr.on("DescribeImages", self.describe_images)

    def image_of(self, revision: int) -> str:
        return "registry/spendsense-backend:never-deployed" if revision in self.never_deployed else image(revision)

    def happened(self, revision: int, status: str = "SUCCESSFUL", reason: str = "") -> None:
        """A deployment of a revision; its number is one more than the last one's."""
        number = len(self.deployed) + 1
        at = 1_000_000.0 + 100 * number
        ended = {} if status.endswith("PROGRESS") else {"finishedAt": at + 10}
        self.deployed.insert(
            0,
            {
                "serviceDeploymentArn": f"arn:aws:ecs:us-west-1:123456789012:service-deployment/{WHERE}/d{number}",
                "status": status,
                "statusReason": reason,
                "createdAt": at,
                "deploymentConfiguration": {"strategy": "ROLLING"},
                "targetServiceRevision": {"arn": f"service-revision/{WHERE}/{revision}"},
                **ended,
            },
        )

    def runs(self, revision: int, state: str = "COMPLETED", *, before: int | None = None) -> None:
        """Script DescribeServices: a primary deployment, and the one that it replaces."""
        self.deployments = [deployment(revision, "PRIMARY", state)]
        if before is not None:
            self.deployments.append(deployment(before, "ACTIVE", "COMPLETED"))
        serving = revision if before is None else before
        self.running = [task(f"r{serving}-{n}", serving, image(serving)) for n in (1, 2)]

    def ends(self, status: str, serving: int) -> None:
        self.deployed[0] |= {"status": status, "finishedAt": 2_000_000.0}
        self.runs(serving)

    def describe_task_definition(self, request: dict[str, Any]) -> dict[str, Any]:
        revision = int(request["taskDefinition"].rpartition(":")[2])
        if revision > 9:
            return {"__type": "ClientException", "message": "Unable to describe task definition."}
        container = self.definition["containerDefinitions"][0] | {
            "image": self.image_of(revision),
            "environment": [{"name": "APP_REVISION", "value": f"v{revision}"}],
        }
        if revision in self.secrets:
            container["secrets"] = [{"name": "JWT_SECRET_KEY", "valueFrom": self.secrets[revision]}]
        status = "INACTIVE" if revision in self.inactive else "ACTIVE"
        own = {"taskDefinitionArn": f"{ARN}:{revision}", "containerDefinitions": [container], "status": status}
        return {"taskDefinition": self.definition | own}

    def list_service_deployments(self, request: dict[str, Any]) -> dict[str, Any]:
        """A page has three entries."""
        start = int(request.get("nextToken", 0))
        more = {"nextToken": str(start + 3)} if len(self.deployed) > start + 3 else {}
        return {"serviceDeployments": self.deployed[start : start + 3], **more}

    def describe_service_deployments(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.updated and self.when_described:
            self.when_described.pop(0)()
        expected = request["serviceDeploymentArns"]
        return {"serviceDeployments": [each for each in self.deployed if each["serviceDeploymentArn"] in expected]}

    def describe_service_revisions(self, request: dict[str, Any]) -> dict[str, Any]:
        revisions = []
        for arn in request["serviceRevisionArns"]:
            revision = int(arn.rpartition("/")[2])
            pulled = {"containerName": "backend", "image": self.image_of(revision)}
            if self.pulled is not None and revision in self.pulled:
                pulled["imageDigest"] = image(revision).partition("@")[2]
            known = {"taskDefinition": f"{ARN}:{revision}", "containerImages": [pulled]}
            revisions.append({"serviceRevisionArn": arn, **known})
        return {"serviceRevisions": revisions}

    def describe_images(self, request: dict[str, Any]) -> dict[str, Any]:
        digest = request["imageIds"][0]["imageDigest"]
        if int(digest[-1]) in self.gone:
            return no_image(request["imageIds"][0])
        return {"imageDetails": [{"imageDigest": digest, "imageTags": [f"v{digest[-1]}"]}]}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        revision, present = int(request["taskDefinition"].rpartition(":")[2]), self.deployments[0]
        self.updated = True
        self.happened(revision, "IN_PROGRESS")
        self.deployments = [deployment(revision, "PRIMARY", "IN_PROGRESS"), present | {"status": "ACTIVE"}]
        return {"service": self.service()}

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["stopType"] == "ROLLBACK"
        self.updated = True
        self.deployed[0]["status"] = "ROLLBACK_REQUESTED"
        return {"serviceDeploymentArn": request["serviceDeploymentArn"]}


def run(aws: Aws, **changes: Any) -> rollback.RollbackResult:
    return rollback.run(aws, rollback.Options(**{"timeout_s": 60.0, **changes}), Console())


def effects(service_history: ServiceWithHistory) -> list[str]:
    return [name for name, _ in service_history.ecs.requests if name in {"UpdateService", "StopServiceDeployment"}]
