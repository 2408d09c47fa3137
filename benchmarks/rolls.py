"""Rolling deploys of 2, 10 and 50 tasks beside the minimum that settings and machine allow (`minimum.py`).

The row of 2 tasks is the real backend, deployed with the real command. The rows of 10 and 50 tasks use a server of
twenty lines without libraries, so that the engine is measured, and not fifty interpreters importing an application on
two CPUs.

Each row is the time of the deployment: by ECS's record, or from UpdateService to COMPLETED. The note of the first row
has the command's whole phase as well, with its requests before and after the deployment and its polls ten times a
second. The minimum counts the start of a bare process, while a task of the backend has three, and secrets to read.
"""

import http.client
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.environment import commented_source, environment_up, spendsense
from benchmarks.minimum import Settings, minimum_roll_s
from benchmarks.row import Row, show
from ops.aws.clients import Aws
from ops.environment import local_environment, read_endpoint
from tests.integration.localcloud.ecs.daemon import Daemon, push_image, start, until
from tests.waiting import wait_until

GOAL = "<= 1.1"
ROUNDS = 3
SPEED = 5.0
PORT = 8000
CONFIGURATION = {"minimumHealthyPercent": 100, "maximumPercent": 150}
INTERVAL_S, DEREGISTRATION_DELAY_S = 5, 5
ROLL_TIMEOUT_S = 120.0
# Responds to each connection once. Without `site` and any library it starts in some ten milliseconds.
SERVER = """
import _socket
listening = _socket.socket()
listening.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
listening.bind(("0.0.0.0", 8000))
listening.listen(64)
while True:
    descriptor, _ = listening._accept()
    client = _socket.socket(fileno=descriptor)
    client.recv(4096)
    client.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok")
    client.close()
"""


def run() -> list[Row]:
    """Run each a few times in a row; return medians, with what the minimum was computed from."""
    rows = [real_row()]
    with tempfile.TemporaryDirectory() as directory:
        daemon = start(Path(directory) / "data", speed=SPEED)
        try:
            light = Light(daemon)
            rows += [light.row(count) for count in (10, 50)]
        finally:
            daemon.stop()
    return rows


def real_row() -> Row:
    """Measure the backend, with start and stop times of tasks of the same run."""
    with environment_up() as home:
        without_alarms(home)
        deploys = [deploy_changed_source(home, number) for number in range(ROUNDS)]
        local = read_endpoint(home / "local")
        assert local is not None
        aws = Aws(local_environment(local))
        service = aws.ecs.describe_services(cluster=aws.environment.cluster, services=[aws.environment.service])
        start_up_s, stop_s = task_times(aws.ecs, service["services"][0], cluster=aws.environment.cluster)
        seconds = recorded_s(aws)[-ROUNDS:]
    phase_s = statistics.median(float(deploy["phases_s"]["roll_out"]) for deploy in deploys)
    row = row_of("2 tasks, the backend, by ECS's record, s", seconds, settings(2), start_up_s, stop_s)
    return replace(row, note=f"{row.note}; the command's phase {phase_s:.2f} ({phase_s / row.theirs:.2f}x)")


def recorded_s(aws: Aws) -> list[float]:
    """Return how long each of the service's deployments took by ECS's record, in seconds, the oldest first."""
    where = aws.environment
    listed = aws.ecs.list_service_deployments(cluster=where.cluster, service=where.service)["serviceDeployments"]
    arns = [each["serviceDeploymentArn"] for each in listed]
    found = aws.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    found.sort(key=lambda each: each["createdAt"])
    return [(each["finishedAt"] - each["createdAt"]).total_seconds() for each in found]


def without_alarms(home: Path) -> None:
    """Make deployments skip their alarms, which take two minutes of AWS time whatever the engine does."""
    local = read_endpoint(home / "local")
    assert local is not None
    aws = Aws(local_environment(local))
    named = {"cluster": aws.environment.cluster, "service": aws.environment.service}
    present = aws.ecs.describe_services(cluster=named["cluster"], services=[named["service"]])["services"][0]
    configuration = present["deploymentConfiguration"]
    configuration["alarms"]["enable"] = False
    aws.ecs.update_service(**named, deploymentConfiguration=configuration)


def deploy_changed_source(home: Path, number: int) -> dict[str, Any]:
    """Deploy a copy of the project that differs in a comment. -> what the command printed."""
    return spendsense(home, "deploy", "--source", str(commented_source(home, str(number))))


def settings(desired_count: int) -> Settings:
    return Settings(
        desired_count=desired_count,
        minimum_healthy_percent=CONFIGURATION["minimumHealthyPercent"],
        maximum_percent=CONFIGURATION["maximumPercent"],
        interval_s=INTERVAL_S,
        deregistration_delay_s=DEREGISTRATION_DELAY_S,
        speed=SPEED,
    )


def row_of(name: str, seconds: list[float], rolled: Settings, start_up_s: float, stop_s: float) -> Row:
    by_settings_s = minimum_roll_s(rolled, start_up_s=start_up_s, stop_s=stop_s)
    minimum_s = minimum_roll_s(rolled, start_up_s=start_up_s, stop_s=stop_s, launch_s=launch_s)
    middle_s = statistics.median(seconds)
    note = (
        f"by the settings alone {by_settings_s:.2f} ({middle_s / by_settings_s:.2f}x); "
        f"start-up {start_up_s:.2f} end {stop_s:.2f} all {' '.join(f'{each:.2f}' for each in sorted(seconds))}"
    )
    return Row(name=name, ours=middle_s, theirs=minimum_s, ratio=middle_s / minimum_s, goal=GOAL, note=note)


@cache
def launch_s(count: int) -> float:
    """Return how long this machine takes to start that many light servers in sequence, without ECS; median."""
    command = [sys.executable, "-I", "-S", "-c", "import _socket; input()"]
    took_s = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # as the local cloud starts them
            for _ in range(count)
        ]
        took_s.append(time.monotonic() - begun)
        for process in processes:
            process.communicate(b"\n")
    return statistics.median(took_s)


def task_times(ecs: Any, service: dict[str, Any], cluster: str) -> tuple[float, float]:
    """Run a task of the service by itself a few times. -> (start to first response, stop signal to end), medians."""
    starts, stops = [], []
    for _ in range(ROUNDS):
        arn = ecs.run_task(
            cluster=cluster,
            taskDefinition=service["taskDefinition"],
            networkConfiguration=service["networkConfiguration"],
        )["tasks"][0]["taskArn"]

        def having(status: str, arn: str = arn) -> dict[str, Any] | None:
            task = dict(ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0])
            return task if task["lastStatus"] == status else None

        running = until(partial(having, "RUNNING"), "it to run")
        details = {each["name"]: each["value"] for each in running["attachments"][0]["details"]}
        answered_at = first_answer(details["privateIPv4Address"])
        starts.append(max(0.0, answered_at - running["startedAt"].timestamp()))
        ecs.stop_task(cluster=cluster, task=arn)
        gone = until(partial(having, "STOPPED"), "it to stop")
        stops.append((gone["executionStoppedAt"] - gone["stoppingAt"]).total_seconds())
    return statistics.median(starts), statistics.median(stops)


def first_answer(address: str) -> float:
    """Poll until it answers; -> that moment on the wall clock, like the timestamps of tasks."""

    def answers() -> bool:
        connection = http.client.HTTPConnection(address, PORT, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until(answers, ROLL_TIMEOUT_S, f"{address}:{PORT} to answer", interval_s=0.005)
    return time.time()


class Light:
    """Services of tasks that cost next to nothing, behind a load balancer."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.ecs, self.elb, ec2 = daemon.client("ecs"), daemon.client("elbv2"), daemon.client("ec2")
        self.ecs.create_cluster(clusterName="c")
        self.image = push_image(daemon, "light")
        self.execution_role = daemon.execution_role()
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for number, zone in enumerate(("us-west-1a", "us-west-1b"))
        ]
        self.vpc = vpc
        self.balancer = self.elb.create_load_balancer(Name="light", Subnets=subnets)["LoadBalancers"][0]

    def row(self, count: int) -> Row:
        """Create the service, roll it a few times, remove it."""
        name = f"light-{count}"
        service = self._create(name, count)
        try:
            self._until_completed(name)
            start_up_s, stop_s = task_times(self.ecs, service, cluster="c")
            seconds = [self._roll(name) for _ in range(ROUNDS)]
        finally:
            self.ecs.delete_service(cluster="c", service=name, force=True)
        self._until(name, lambda found: found["status"] == "INACTIVE")
        return row_of(f"{count} tasks, a light server, UpdateService, s", seconds, settings(count), start_up_s, stop_s)

    def _create(self, name: str, count: int) -> dict[str, Any]:
        group = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=PORT,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=INTERVAL_S,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(DEREGISTRATION_DELAY_S)}
        self.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        container = {
            "name": "c0",
            "image": self.image,
            "entryPoint": [sys.executable, "-I", "-S", "-c"],
            "command": [SERVER],
            "portMappings": [{"containerPort": PORT}],
        }
        definition = self.ecs.register_task_definition(
            family=name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=self.execution_role,
            containerDefinitions=[container],
        )["taskDefinition"]
        return dict(
            self.ecs.create_service(
                cluster="c",
                serviceName=name,
                taskDefinition=definition["taskDefinitionArn"],
                desiredCount=count,
                networkConfiguration=self.daemon.network,
                deploymentConfiguration=CONFIGURATION,
                loadBalancers=[{"targetGroupArn": group, "containerName": "c0", "containerPort": PORT}],
            )["service"]
        )

    def _roll(self, name: str) -> float:
        begun = time.monotonic()
        self.ecs.update_service(cluster="c", service=name, forceNewDeployment=True)
        self._until_completed(name)
        return time.monotonic() - begun

    def _until_completed(self, name: str) -> None:
        self._until(name, lambda found: [each["rolloutState"] for each in found["deployments"]] == ["COMPLETED"])

    def _until(self, name: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        def look() -> bool:
            return holds(self.ecs.describe_services(cluster="c", services=[name])["services"][0])

        until(look, f"{name} to get there", ROLL_TIMEOUT_S)


if __name__ == "__main__":
    show(run())
