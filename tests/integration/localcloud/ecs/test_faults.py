"""Faults with real components: processes, Envoy, PostgreSQL, boto3 as a plain client."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.balanced import Balanced
from tests.integration.localcloud.ecs.daemon import Shell, start, target_group, until
from tests.ports import free_port

SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
PASSWORD = "first-password"
LONG_S = 3600


def direct(method: str, url: str, **content: Any) -> httpx.Response:
    """Send a request without any proxy."""
    return httpx.request(method, url, trust_env=False, timeout=20, **content)


class Faulty(Shell):
    """A local cloud that accepts faults."""

    def ask(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        """Send a request; return (status, JSON)."""
        url = f"{self.daemon.endpoint['endpoint']}/_localcloud/faults{path}"
        answer = direct(method, url, json=body)
        return answer.status_code, answer.json()

    def add(self, kind: str, **parameters: Any) -> dict[str, Any]:
        status, fault = self.ask("POST", body={"kind": kind, **parameters})
        assert status == 201, fault
        return dict(fault)

    def remove(self, fault: dict[str, Any]) -> None:
        status, answer = self.ask("DELETE", f"/{fault['id']}")
        assert (status, [each["state"] for each in answer["removed"]]) == (200, ["removed"])

    def listed(self, fault: dict[str, Any]) -> dict[str, Any]:
        listing = self.ask("GET")[1]
        return dict(next(each for each in listing["active"] + listing["recent"] if each["id"] == fault["id"]))


def processes_of(marker: str) -> list[psutil.Process]:
    """Return the processes with this argument."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # gone, or another user's
            if marker in process.cmdline():
                found.append(process)
    return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data", "--faults")
    try:
        yield Faulty(daemon)
    finally:
        assert daemon.process.poll() == 0 or daemon.stop() == 0


@pytest.fixture(scope="module")
def group(cloud: Faulty) -> str:
    """Create a target group behind a listener, with the service `web` of one task in it; return its ARN."""
    elb, ec2 = cloud.daemon.client("elbv2"), cloud.daemon.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate(("us-west-1a", "us-west-1b"))
    ]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = target_group(elb, vpc, "web", deregistration_delay_s=0)
    port = free_port()
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=forward)
    definition = cloud.register(
        {"command": [sys.executable, "-c", SERVER], "portMappings": [{"containerPort": 8000}]}, family="web"
    )
    cloud.ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=cloud.daemon.network,
        loadBalancers=[{"targetGroupArn": group, "containerName": "c0", "containerPort": 8000}],
    )
    cloud.until_steady("web")
    return group


def only_task(cloud: Faulty, service: str) -> str:
    [arn] = cloud.ecs.list_tasks(cluster="c", serviceName=service)["taskArns"]
    return str(arn)


def test_a_killed_task_ends_with_137_and_is_replaced(cloud: Faulty, group: str) -> None:
    before = only_task(cloud, "web")
    fault = cloud.add("kill-task", task_definition="web")
    assert (fault["state"], fault["affected"]) == ("done", [before.rsplit("/", 1)[1]])
    task = cloud.until_status(before, "STOPPED")
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)
    until(lambda: cloud.service("web")["runningCount"] == 1 and only_task(cloud, "web") != before, "a replacement")


def test_a_frozen_task_is_suspended_until_the_fault_ends_by_itself(cloud: Faulty) -> None:
    arn = cloud.run(cloud.register({"command": ["sh", "-c", "sleep 71.01; true"]}, family="frozen"))
    cloud.until_status(arn, "RUNNING")
    [sleep] = until(lambda: processes_of("71.01"), "its process")
    first = cloud.add("freeze-task", task=arn.rsplit("/", 1)[1][:12], duration_s=LONG_S)
    second = cloud.add("freeze-task", task=arn.rsplit("/", 1)[1], duration_s=40)
    assert [p.status() for p in (sleep, sleep.parent() or sleep)] == [psutil.STATUS_STOPPED] * 2
    cloud.remove(first)
    assert sleep.status() == psutil.STATUS_STOPPED, "the other fault still holds it"
    until(lambda: cloud.listed(second)["state"] == "expired", "the end of its time")
    until(lambda: sleep.status() == psutil.STATUS_SLEEPING, "thawed")
    assert cloud.task(arn)["lastStatus"] == "RUNNING"
    cloud.ecs.stop_task(cluster="c", task=arn)


def test_a_target_that_fails_its_checks_is_replaced_though_it_serves(cloud: Faulty, group: str) -> None:
    cloud.until_steady("web")
    before = only_task(cloud, "web")
    task_id = before.rsplit("/", 1)[1]
    elb = cloud.daemon.client("elbv2")
    [target, *_] = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    fault = cloud.add("fail-health", task=task_id[:10], checks="target", code=503, duration_s=LONG_S)
    # At once: the task is stopped soon after it has become unhealthy.
    assert direct("GET", f"http://{target['Target']['Id']}:8000/").status_code == 200
    assert (fault["affected"], fault["parameters"]["task"]) == ([task_id], task_id)

    def failing() -> Any:
        described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [d for d in described if d["TargetHealth"]["State"] == "unhealthy"]

    [target, *_] = until(failing, "an unhealthy target")
    assert target["TargetHealth"]["Description"] == "Health checks failed with these codes: [503]"
    assert "failed ELB health checks" in cloud.until_status(before, "STOPPED")["stoppedReason"]
    cloud.until_steady("web")
    messages = [event["message"] for event in cloud.service("web")["events"]]
    assert any(task_id in m and "failed with these codes: [503]" in m for m in messages), messages
    assert cloud.listed(fault)["times"] >= 2
    cloud.remove(fault)


def test_a_container_check_fails_for_as_long_as_the_fault_is_there(cloud: Faulty) -> None:
    check = {"command": ["CMD-SHELL", "true"], "interval": 5, "retries": 1, "timeout": 2}
    arn = cloud.run(cloud.register({"command": ["sleep", "600"], "healthCheck": check}, family="checked"))
    until(lambda: cloud.task(arn)["healthStatus"] == "HEALTHY", "healthy")
    fault = cloud.add("fail-health", task=arn.rsplit("/", 1)[1], duration_s=LONG_S)
    until(lambda: cloud.task(arn)["healthStatus"] == "UNHEALTHY", "unhealthy")
    cloud.remove(fault)
    until(lambda: cloud.task(arn)["healthStatus"] == "HEALTHY", "healthy again")
    cloud.ecs.stop_task(cluster="c", task=arn)


def test_a_delayed_start_stays_provisioning_until_the_fault_is_removed(cloud: Faulty) -> None:
    definition = cloud.register({"command": ["sleep", "600"]}, family="late")
    fault = cloud.add("delay-starts", delay_s=LONG_S, task_definition="late", duration_s=LONG_S)
    arn = cloud.run(definition)
    other = cloud.run(cloud.register({"command": ["true"]}, family="punctual"))
    cloud.until_status(other, "STOPPED")
    assert cloud.task(arn)["lastStatus"] == "PROVISIONING"
    waits_for_nothing = cloud.run(definition)
    cloud.ecs.stop_task(cluster="c", task=waits_for_nothing)
    cloud.until_status(waits_for_nothing, "STOPPED")
    cloud.remove(fault)
    cloud.until_status(arn, "RUNNING")
    cloud.ecs.stop_task(cluster="c", task=arn)


def test_an_unpullable_image_stops_the_task_in_awss_words(cloud: Faulty) -> None:
    definition = cloud.register({"command": ["true"]}, family="pulled")
    fault = cloud.add("unpullable-image", image="/shell:v1", duration_s=LONG_S)
    task = cloud.until_status(cloud.run(definition), "STOPPED")
    cloud.remove(fault)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(
        f"CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {cloud.image}"
    )
    assert cloud.until_status(cloud.run(definition), "STOPPED")["containers"][0]["exitCode"] == 0


@pytest.mark.parametrize(
    ("response", "code", "status"),
    [("error", "InternalError", 500), ("unavailable", "ServiceUnavailable", 503), ("throttle", "SlowDown", 503)],
)
def test_a_broken_s3_responds_in_its_own_words(cloud: Faulty, response: str, code: str, status: int) -> None:
    s3 = cloud.daemon.client("s3")
    s3.create_bucket(Bucket=response, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    link = s3.generate_presigned_url("put_object", Params={"Bucket": response, "Key": "k"})
    fault = cloud.add("break-service", service="s3", response=response, duration_s=LONG_S)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=response, Key="k", Body=b"x")
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert direct("PUT", link, content=b"x").status_code == status
    assert "QueueUrl" in cloud.daemon.client("sqs").create_queue(QueueName=response), "others are as before"
    cloud.remove(fault)
    s3.put_object(Bucket=response, Key="k", Body=b"x")


def test_a_task_cannot_start_without_secrets_manager(cloud: Faulty) -> None:
    client = cloud.daemon.client("secretsmanager")
    arn = client.create_secret(Name="needed", SecretString="s3cret")["ARN"]
    secret = {"name": "NEEDED", "valueFrom": arn}
    definition = cloud.register({"command": ["sh", "-c", "test $NEEDED = s3cret"], "secrets": [secret]}, family="told")
    fault = cloud.add("break-service", service="secretsmanager", response="throttle", duration_s=LONG_S)
    with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
        client.get_secret_value(SecretId=arn)
    task = cloud.until_status(cloud.run(definition), "STOPPED")
    assert cloud.listed(fault)["times"] > 1
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")
    assert "ThrottlingException: Rate exceeded" in task["stoppedReason"]
    cloud.remove(fault)
    fault = cloud.add("break-service", service="secretsmanager", response="throttle", duration_s=20)
    until(lambda: cloud.listed(fault)["state"] == "expired", "the end of its time")
    assert cloud.until_status(cloud.run(definition), "STOPPED")["containers"][0]["exitCode"] == 0


def test_a_broken_load_balancer_api_delays_a_shift_of_traffic_and_fails_no_deployment(cloud: Faulty) -> None:
    balanced = Balanced(cloud)
    balanced.create_service()
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    cloud.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("green"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[pause]),
    )
    paused = until(lambda: (h := balanced.history()).get("lifecycleHookDetails") and h, "the pause", 60)
    [hook] = paused["lifecycleHookDetails"]
    fault = cloud.add("break-service", service="elasticloadbalancing", response="throttle", duration_s=LONG_S)
    cloud.ecs.continue_service_deployment(serviceDeploymentArn=paused["serviceDeploymentArn"], hookId=hook["hookId"])
    until(lambda: cloud.listed(fault)["times"] >= 3, "ECS to be refused again and again")
    assert (balanced.history()["status"], balanced.colour(balanced.test)) == ("IN_PROGRESS", "blue")
    cloud.remove(fault)
    balanced.until_status("SUCCESSFUL")
    assert {balanced.colour(port) for port in (balanced.production, balanced.test)} == {"green"}
    cloud.ecs.delete_service(cluster="c", service="bg", force=True)


def test_a_failover_drops_connections_and_loses_no_data(cloud: Faulty) -> None:
    rds = cloud.daemon.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="main",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="spend_admin",
        MasterUserPassword=PASSWORD,
        DBName="spendsense",
    )

    def instance(status: str) -> Any:
        [found] = rds.describe_db_instances(DBInstanceIdentifier="main")["DBInstances"]
        return found["DBInstanceStatus"] == status and found

    where = until(lambda: instance("available"), "available", 60)["Endpoint"]
    fault = asyncio.run(_fail_over(cloud, where))
    assert fault["affected"] == ["main"]
    assert instance("rebooting")
    status, problem = cloud.ask("POST", body={"kind": "fail-over-database"})
    assert (status, problem["detail"]) == (409, "Instance main is not in available state.")
    cloud.remove(fault)
    assert until(lambda: instance("available"), "available again", 60)["Endpoint"] == where
    assert asyncio.run(_kept(where)) == "kept"
    events = rds.describe_events(SourceIdentifier="main", SourceType="db-instance")["Events"]
    assert [event["Message"] for event in events][-3:] == [
        "Multi-AZ instance failover started.",
        "DB instance restarted",
        "Multi-AZ instance failover completed.",
    ]


async def _connected(where: dict[str, Any]) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=where["Address"], port=where["Port"], user="spend_admin", password=PASSWORD, database="spendsense"
    )


async def _fail_over(cloud: Faulty, where: dict[str, Any]) -> dict[str, Any]:
    connection = await _connected(where)
    await connection.execute("create table notes as select 'kept' as text")
    fault = await asyncio.to_thread(cloud.add, "fail-over-database", duration_s=LONG_S)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("select 1")
    connection.terminate()
    with pytest.raises(OSError, match="Connect call failed"):
        await _connected(where)
    return fault


async def _kept(where: dict[str, Any]) -> Any:
    connection = await _connected(where)
    try:
        return await connection.fetchval("select text from notes")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"kind": "earthquake"}, 400, "kind: should be one of kill-task"),
        ({"kind": "kill-task", "task": "ffffffff"}, 404, "no running task matches task ffffffff"),
        ({"kind": "fail-over-database", "instance": "other"}, 404, "there is no database 'other'"),
    ],
)
def test_an_invalid_fault_is_a_problem(cloud: Faulty, body: Any, status: int, words: str) -> None:
    answered, problem = cloud.ask("POST", body=body)
    assert (answered, problem["status"]) == (status, status)
    assert words in problem["detail"]


def test_the_health_of_the_local_cloud_shows_how_many_faults_are_active(cloud: Faulty) -> None:
    fault = cloud.add("break-service", service="sqs", duration_s=LONG_S)
    health = direct("GET", f"{cloud.daemon.endpoint['endpoint']}/_localcloud/health").json()
    assert health["parts"]["faults"] == {"status": "ready", "on": True, "active": 1}
    cloud.remove(fault)


def test_stopping_the_local_cloud_thaws_a_task_so_that_it_ends_in_order(cloud: Faulty) -> None:
    ready, farewell = cloud.daemon.directory / "ready", cloud.daemon.directory / "farewell"
    script = f"trap 'echo bye > {farewell}; exit 0' TERM; touch {ready}; while :; do sleep 0.1; done"
    arn = cloud.run(cloud.register({"command": ["sh", "-c", script]}, family="polite"))
    until(ready.exists, "its trap")
    cloud.until_status(arn, "RUNNING")
    cloud.add("freeze-task", task=arn.rsplit("/", 1)[1], duration_s=LONG_S)
    assert cloud.daemon.stop() == 0
    assert farewell.read_text() == "bye\n"
