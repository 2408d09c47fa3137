"""A real local cloud in a process of its own, and images that are shell commands."""

import contextlib
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from localcloud.tasks.images.image_store import STORE_TOKEN
from tests.waiting import wait_until

T = TypeVar("T")

REGISTRY = "123456789012.dkr.ecr.us-west-1.amazonaws.com"
LOG_GROUP = "/ecs/test"


def until(condition: Callable[[], T | None], what: str, timeout_s: float = 90.0) -> T:
    """Wait until `condition` returns a true value, and return it; fail with `what`."""
    return wait_until(condition, timeout_s, what)


# Of AmazonECSTaskExecutionRolePolicy, and for secrets and the option awslogs-create-group.
OF_THE_EXECUTION = (
    *("ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"),
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    *("secretsmanager:GetSecretValue", "ssm:GetParameters"),
)
ADMINISTRATOR = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@dataclass
class Daemon:
    """A running local cloud."""

    process: subprocess.Popen[bytes]
    directory: Path

    @property
    def endpoint(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / "endpoint.json").read_text()))

    @cached_property
    def network(self) -> dict[str, Any]:
        """The network configuration of a task in one of the account's default subnets."""
        subnet = self.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        return {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "DISABLED"}}

    def client(self, service: str, keys: Mapping[str, str] = ADMINISTRATOR) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint["endpoint"],
            region_name="us-west-1",
            # Links to S3 have the older signature otherwise, which is refused.
            config=Config(retries={"max_attempts": 1}, signature_version="s3v4" if service == "s3" else None),
            **keys,
        )

    def execution_role(self) -> str:
        """Return the ARN of a role that tasks may have: with what pulls images, reads secrets and writes logs."""
        return self.role("execution", ["ecs-tasks.amazonaws.com"], *OF_THE_EXECUTION)

    def role(self, name: str, services: list[str], *actions: str) -> str:
        """Return the ARN of a role that services may assume, with permissions on everything; creates it once."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            iam.put_role_policy(RoleName=name, PolicyName="needed", PolicyDocument=_policy(allowed))
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(90)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def start(directory: Path, *options: str, speed: float = 20.0) -> Daemon:
    """Start a local cloud. `options`: further arguments. Errors: AssertionError with the log when it does not start."""
    log = directory.parent / f"{directory.name}.log"
    command = [sys.executable, "-m", "localcloud"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--data-dir", str(directory), "--port", "0", "--speed", str(speed), *options],
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parents[4],
            start_new_session=True,
        )

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        return (directory / "endpoint.json").exists()

    until(ready, "endpoint.json")
    return Daemon(process, directory)


class Shell:
    """An ECS whose images run the task definition's commands with the machine's own programs."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.ecs, self.logs, self.ecr = daemon.client("ecs"), daemon.client("logs"), daemon.client("ecr")
        self.ecs.create_cluster(clusterName="c")
        self.logs.create_log_group(logGroupName=LOG_GROUP)
        self.image = push_image(daemon, "shell")
        self.execution_role = daemon.execution_role()

    def register(
        self, *containers: dict[str, Any], family: str = "f", launch_type: str = "FARGATE", **more: Any
    ) -> str:
        """Register containers `{"command": [...], ...}`; return the ARN."""
        definitions = [
            {
                "name": f"c{index}",
                "image": self.image,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": LOG_GROUP,
                        "awslogs-region": "us-west-1",
                        "awslogs-stream-prefix": "t",
                    },
                },
                **container,
            }
            for index, container in enumerate(containers)
        ]
        answer = self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=[launch_type],
            cpu="256",
            memory="512",
            executionRoleArn=self.execution_role,
            containerDefinitions=definitions,
            **more,
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **parameters: Any) -> str:
        """Run a task; return its ARN."""
        answer = self.ecs.run_task(
            cluster="c", taskDefinition=definition, networkConfiguration=self.daemon.network, **parameters
        )
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        return dict(self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0])

    def until_status(self, arn: str, status: str) -> dict[str, Any]:
        return until(lambda: (t := self.task(arn))["lastStatus"] == status and t, f"task {status}: {self.task(arn)}")

    def output(self, arn: str, container: str = "c0") -> list[str]:
        stream = f"t/{container}/{arn.rsplit('/', 1)[1]}"
        events = self.logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True)
        return [event["message"] for event in events["events"]]

    def service(self, name: str) -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="c", services=[name])["services"][0])

    def until_steady(self, name: str) -> dict[str, Any]:
        def steady() -> Any:
            service = self.service(name)
            done = [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
            return done and service["runningCount"] == service["desiredCount"] and service

        return until(steady, f"service {name} steady")


def target_group(elb: Any, vpc: str, name: str, *, deregistration_delay_s: int) -> str:
    """Create a target group for tasks, checked as often as ALB allows; return its ARN."""
    group = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=8000,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(deregistration_delay_s)}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
    return str(group)


def push_image(daemon: Daemon, repository: str, path: str = "/usr/bin:/bin") -> str:
    """Push an image without layers, only with a configuration and its manifest; return its reference."""
    ecr = daemon.client("ecr")
    ecr.create_repository(repositoryName=repository)
    blobs = daemon.directory / "images" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    # Its working directory marks an image of `spendsense build`: others need a virtual environment.
    settings = {"Env": [f"PATH={path}", "GREETING=hello"], "Cmd": ["sleep", "600"], "WorkingDir": STORE_TOKEN}
    config = json.dumps({"config": settings})
    digest = hashlib.sha256(config.encode()).hexdigest()
    (blobs / digest).write_text(config)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": len(config),
                "digest": f"sha256:{digest}",
            },
            "layers": [],
        }
    )
    put = ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag="v1")
    assert put["image"]["imageId"]["imageDigest"] == "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    return f"{REGISTRY}/{repository}:v1"
