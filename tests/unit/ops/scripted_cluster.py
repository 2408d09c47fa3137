"""A service whose ECS, CloudWatch Logs, ECR and others answer as a test scripts them."""

import copy
import json
from typing import Any

from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import deploy
from ops.deploying.result import DeployResult

ARN = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend"
HISTORY = "arn:aws:ecs:us-west-1:123456789012:service-deployment/spendsense-local/spendsense-backend/d7"
OLD_IMAGE = "registry/spendsense-backend@sha256:" + "0" * 64
INSTANCE = {"DBInstanceIdentifier": "spendsense-local", "DBInstanceClass": "db.t4g.micro", "DBParameterGroups": []}
NEW_IMAGE = "registry/spendsense-backend@sha256:" + "1" * 64

DEFINITION = {
    "taskDefinitionArn": f"{ARN}:6",
    "family": "spendsense-backend",
    "revision": 6,
    "containerDefinitions": [
        {
            "name": "backend",
            "image": OLD_IMAGE,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/spendsense-backend",
                    "awslogs-region": "us-west-1",
                    "awslogs-stream-prefix": "backend",
                },
            },
        }
    ],
}


class Cluster:
    """A service as ECS would describe it; a test changes its state by hand."""

    def __init__(self, aws: Aws, wire: Any) -> None:
        self.ecs = wire(aws.ecs)
        self.logs = wire(aws.logs)
        self.ecr = wire(aws.ecr)
        self.ssm = wire(aws.ssm)
        self.autoscaling = wire(aws.autoscaling)
        self.locks = wire(aws.dynamodb)
        for operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
            self.locks.on(operation, {})  # nobody else deploys
        self.definition: dict[str, Any] = copy.deepcopy(DEFINITION)
        self.newest: dict[str, Any] | None = None  # of the family, when that is not the one that runs
        self.desired = 2
        self.deployments = [deployment(6, "PRIMARY", "COMPLETED")]
        self.events = [{"id": "before", "createdAt": 1.0, "message": "(service s) has reached a steady state."}]
        self.running = [task("old1", 6, OLD_IMAGE), task("old2", 6, OLD_IMAGE)]
        self.stopped: list[dict[str, Any]] = []
        self.migration_exit_code = 0
        self.after_update: list[Any] = []  # steps, one for each DescribeServices that follows UpdateService
        self.updated = False
        self.configuration: dict[str, Any] = {"strategy": "ROLLING", "maximumPercent": 150}
        self.load_balancers: list[dict[str, Any]] = []
        self.history: dict[str, Any] = {"serviceDeploymentArn": HISTORY, "status": "IN_PROGRESS"}
        for operation, answer in {
            "DescribeServices": self.describe_services,
            "DescribeTaskDefinition": self.describe_task_definition,
            "RegisterTaskDefinition": self.register,
            "RunTask": lambda _: {"tasks": [task("migration", 7, NEW_IMAGE)], "failures": []},
            "UpdateService": self.update,
            "ListServiceDeployments": self.list_service_deployments,
            "DescribeServiceDeployments": lambda _: {"serviceDeployments": [self.history]},
            "ListTasks": self.list_tasks,
            "DescribeTasks": self.describe_tasks,
        }.items():
            self.ecs.on(operation, answer)
        self.images = {"v0": OLD_IMAGE.partition("@")[2], "v1": NEW_IMAGE.partition("@")[2]}  # by tag
        self.ecr.on("DescribeRepositories", {"repositories": [{"repositoryUri": "registry/spendsense-backend"}]})
        self.ecr.on("DescribeImages", self.describe_images)
        self.ecr.on("PutImage", lambda request: {"image": {"imageId": {"imageDigest": request["imageDigest"]}}})
        self.ssm.on("PutParameter", {"Version": 2})
        self.ssm.on("GetParameter", {"__type": "ParameterNotFound"})
        self.elbv2 = Stubber(aws.elbv2)  # speaks another protocol
        for _ in range(4):
            self.elbv2.add_client_error("describe_load_balancers", "LoadBalancerNotFound")
        self.elbv2.activate()
        self.rds = Stubber(aws.rds)  # so does this
        for _ in range(3):
            self.rds.add_response("describe_db_instances", {"DBInstances": [INSTANCE]})
        self.rds.activate()
        self.migrated: dict[str, Any] = {"action": "migrated", "before": "0001", "after": "0001"}
        self.migration: dict[str, Any] = {}  # what DescribeTasks says of its task beside
        self.logs.on("FilterLogEvents", {"events": []})
        self.logs.on("DescribeLogGroups", {"logGroups": [{"logGroupName": "/ecs/spendsense-backend"}]})
        self.logs.on("GetLogEvents", self.log_events)

    def service(self) -> dict[str, Any]:
        primary = self.deployments[0]
        return {
            "serviceName": "spendsense-backend",
            "status": "ACTIVE",
            "taskDefinition": primary["taskDefinition"],
            "desiredCount": self.desired,
            "runningCount": len(self.running),
            "pendingCount": 0,
            "deployments": copy.deepcopy(self.deployments),
            "events": list(reversed(self.events)),
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
            "deploymentConfiguration": self.configuration,
            "loadBalancers": self.load_balancers,
        }

    def describe_images(self, request: dict[str, Any]) -> dict[str, Any]:
        if "imageIds" not in request:
            named = [{"imageDigest": digest, "imageTags": [tag]} for tag, digest in self.images.items()]
            return {"imageDetails": named}
        [received] = request["imageIds"]
        digest = received.get("imageDigest", self.images.get(received.get("imageTag", "")))
        return {"imageDetails": [{"imageDigest": digest}]} if digest in self.images.values() else no_image(received)

    def describe_task_definition(self, request: dict[str, Any]) -> dict[str, Any]:
        by_family = request["taskDefinition"] == self.definition["family"]
        tags = [{"key": "project", "value": "spendsense"}, {"key": "aws:cloudformation:stack-id", "value": "x"}]
        reported = {"tags": tags} if request.get("include") == ["TAGS"] else {}
        return {"taskDefinition": self.newest if by_family and self.newest else self.definition, **reported}

    def describe_services(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.updated and self.after_update:
            self.after_update.pop(0)()
        return {"services": [self.service()], "failures": []}

    def register(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {**request, "taskDefinitionArn": f"{ARN}:7", "revision": 7}}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        self.configuration = request.get("deploymentConfiguration", self.configuration)
        if request.keys() & {"taskDefinition", "desiredCount"} == set():  # no new deployment
            return {"service": self.service()}
        assert request["taskDefinition"] == f"{ARN}:7"
        self.updated = True
        self.desired = request.get("desiredCount", self.desired)
        self.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
        return {"service": self.service()}

    def list_service_deployments(self, _: dict[str, Any]) -> dict[str, Any]:
        arns = [HISTORY, HISTORY + "-before"] if self.updated else [HISTORY + "-before"]
        return {"serviceDeployments": [{"serviceDeploymentArn": arn} for arn in arns]}

    def list_tasks(self, request: dict[str, Any]) -> dict[str, Any]:
        tasks = self.running if request["desiredStatus"] == "RUNNING" else self.stopped
        return {"taskArns": [each["taskArn"] for each in tasks]}

    def log_events(self, request: dict[str, Any]) -> dict[str, Any]:
        reported = [json.dumps(self.migrated)] if request["logStreamName"].endswith("/migration") else []
        return {"events": [{"timestamp": 1, "message": line} for line in [*reported, "Traceback ...\n"]]}

    def describe_tasks(self, request: dict[str, Any]) -> dict[str, Any]:
        migration = (
            stopped("migration", self.migration_exit_code, "Essential container in task exited") | self.migration
        )
        known = {each["taskArn"]: each for each in [*self.running, *self.stopped, migration]}
        return {"tasks": [known[arn] for arn in request["tasks"]]}

    def say(self, number: int, message: str) -> None:
        self.events.append({"id": f"e{number}", "createdAt": 1.0 + number, "message": message})

    def complete(self) -> None:
        self.deployments = [deployment(7, "PRIMARY", "COMPLETED")]
        self.running = [task("new1", 7, NEW_IMAGE), task("new2", 7, NEW_IMAGE)]
        self.say(1, "(service s) (deployment ecs-svc/7) deployment completed.")

    def crash(self) -> None:
        self.stopped = [
            stopped("crash1", 1, "Essential container in task exited"),
            stopped("crash2", 1, "Essential container in task exited"),
            stopped("scaled", 0, "Scaling activity initiated by (deployment ecs-svc/7)"),
        ]

    def roll_back(self) -> None:
        self.deployments = [deployment(6, "PRIMARY", "COMPLETED")]
        self.say(2, "(service s) (deployment ecs-svc/7) deployment failed: tasks failed to start.")
        self.say(3, "(service s) rolling back to deployment ecs-svc/6.")


def no_image(received: dict[str, str]) -> dict[str, str]:
    """ECR's response about a missing image."""
    named = f"imageDigest:'{received.get('imageDigest', 'null')}', imageTag:'{received.get('imageTag', 'null')}'"
    return {
        "__type": "ImageNotFoundException",
        "message": f"The image with imageId {{{named}}} does not exist within the repository with name "
        "'spendsense-backend' in the registry with id '123456789012'",
    }


def deployment(revision: int, status: str, rollout_state: str) -> dict[str, Any]:
    return {
        "id": f"ecs-svc/{revision}",
        "status": status,
        "taskDefinition": f"{ARN}:{revision}",
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": rollout_state,
        "rolloutStateReason": "",
    }


def task(name: str, revision: int, image: str) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:us-west-1:123456789012:task/spendsense-local/{name}",
        "taskDefinitionArn": f"{ARN}:{revision}",
        "lastStatus": "RUNNING",
        "containers": [{"name": "backend", "image": image}],
    }


def stopped(name: str, exit_code: int, reason: str) -> dict[str, Any]:
    created = task(name, 7, NEW_IMAGE)
    created["containers"][0]["exitCode"] = exit_code
    return created | {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "stoppedReason": reason}


def run(aws: Aws, **changes: Any) -> DeployResult:
    """Deploy `NEW_IMAGE`."""
    options = {"image": NEW_IMAGE, "timeout_s": 60.0, **changes}
    return deploy.run(aws, deploy.Options(**options), Console())
