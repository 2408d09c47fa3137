"""Many deploys in a row under load: no failed request, except those in flight on a task that is killed."""

import gzip
import os
import random
import select
import shlex
import signal
import time
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest
from botocore.config import Config

from ops.aws.task_definition import REGISTERED_FIELDS, container_of
from tests.acceptance.command import Spendsense, client
from tests.acceptance.load import Failure, Load, Tally
from tests.waiting import wait_until

CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"
RATE = int(os.environ.get("SPENDSENSE_ENDURANCE_RATE", "520"))
"""Requests per second: a little more than the required 500."""
WORKERS, NEW_CONNECTIONS_ONE_IN = 24, 8
ROLLING, ROLLBACKS, KILLS, BLUE_GREEN = 20, 5, 20, 10
REQUEST_S = 2.0
"""Longer than any request that is in progress when its task is killed."""
NOTICED_S = 0.1
"""Seconds after a task's end from which no request may be sent to it."""
TARGET, TRACE = 4, 17
"""The fields of a line of the load balancer's access log."""

pytestmark = pytest.mark.full


def load(up: dict[str, Any]) -> Load:
    """GET /health: the test is about load balancer and ECS, on two cores that client and tasks share."""
    return Load(
        up["url"], per_second=RATE, workers=WORKERS, new_connections_one_in=NEW_CONNECTIONS_ONE_IN, path="/health"
    )


def ecs_of(up: dict[str, Any]) -> Any:
    return client(up, "ecs")


def described(ecs: Any) -> dict[str, Any]:
    return dict(ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0])


def is_steady(ecs: Any) -> bool:
    service = described(ecs)
    states = [deployment["rolloutState"] for deployment in service["deployments"]]
    return states == ["COMPLETED"] and service["runningCount"] == service["desiredCount"]


def running(ecs: Any) -> set[str]:
    """ARNs of the service's tasks."""
    return set(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE, desiredStatus="RUNNING")["taskArns"])


def is_whole(ecs: Any, elb: Any) -> bool:
    """Wait for every target too: a running task does not serve yet."""
    groups = [group["TargetGroupArn"] for group in elb.describe_target_groups()["TargetGroups"]]
    described = [elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"] for group in groups]
    states = [each["TargetHealth"]["State"] for group in described for each in group]
    return is_steady(ecs) and states == ["healthy"] * len(running(ecs))


def test_twenty_rolling_deploys_lose_no_request(up: dict[str, Any], spendsense: Spendsense) -> None:
    ecs = ecs_of(up)
    with load(up) as tally:
        for _ in range(ROLLING):
            ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
            wait_until(lambda: is_steady(ecs), 120)
    tell("rolling deploys", ROLLING, tally)
    assert tally.failures == []
    assert tally.total > 1000


def test_five_rollbacks_lose_no_request(up: dict[str, Any], spendsense: Spendsense) -> None:
    ecs = ecs_of(up)
    good = described(ecs)["taskDefinition"]
    wire = ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    broken = {key: wire[key] for key in REGISTERED_FIELDS if wire.get(key)}
    container_of(broken, "backend")["command"] = ["python", "-c", "raise SystemExit(7)"]
    bad = ecs.register_task_definition(**broken)["taskDefinition"]
    with load(up) as tally:
        for _ in range(ROLLBACKS):
            ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=bad["taskDefinitionArn"])
            wait_until(lambda: is_steady(ecs) and described(ecs)["taskDefinition"] == good, 120)
    # A deploy starts from the newest revision there is: the next one must not start from this.
    ecs.deregister_task_definition(taskDefinition=bad["taskDefinitionArn"])
    tell("rollbacks", ROLLBACKS, tally)
    assert tally.failures == []


def test_killed_tasks_lose_only_the_requests_that_were_in_flight(up: dict[str, Any], spendsense: Spendsense) -> None:
    """According to the access log, all failed requests were on a killed task."""
    chance = random.Random(4)  # noqa: S311 - test data, the same each time
    log, ecs, elb = AccessLog(up), ecs_of(up), client(up, "elbv2")
    deaths: list[Death] = []
    with load(up) as tally:
        for _ in range(KILLS):
            victim = chance.choice([p for p in psutil.process_iter(["cmdline"]) if is_task(p, spendsense)])
            before = running(ecs)
            deaths.append(kill(victim))
            wait_until(lambda before=before: running(ecs) - before != set(), 60)
            wait_until(lambda: is_whole(ecs, elb), 120)
    targets = log.targets({failure.trace for failure in tally.failures})
    nearest = [(failure, nearest_death(failure, targets[failure.trace], deaths)) for failure in tally.failures]
    elsewhere = [
        failure for failure, death in nearest if death is None or failure.began_at < death.killed_at - REQUEST_S
    ]
    late_s = [failure.began_at - death.ended_at for failure, death in nearest if death is not None]
    late_s = [each for each in late_s if each > 0]
    noticed = f"{len(late_s)} sent in the {max(late_s, default=0) * 1000:.1f} ms until it was noticed"
    tell(f"kills ({noticed}, {len(elsewhere)} not on a killed task)", KILLS, tally)
    assert elsewhere == []
    assert max(late_s, default=0) <= NOTICED_S
    assert httpx.get(f"{up['url']}/health").status_code == 200


def test_ten_blue_green_deploys_lose_no_request(up: dict[str, Any], spendsense: Spendsense) -> None:
    ecs = ecs_of(up)
    with load(up) as tally:
        spendsense("deploy", "--strategy", "blue-green", "--bake-time-minutes", "0")
        for _ in range(BLUE_GREEN - 1):
            ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
            wait_until(lambda: is_steady(ecs), 120)
    [service] = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    assert service["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    tell("blue/green", BLUE_GREEN, tally)
    assert tally.failures == []


def tell(what: str, count: int, tally: Tally) -> None:
    """Print the figures for the record (`pytest -rP`)."""
    reported = f"{count} {what}: {tally.total} requests, {tally.rate:.0f}/s, {len(tally.failures)} failed"
    print(reported)  # noqa: T201 - `pytest -rP` shows it


@dataclass(frozen=True)
class Death:
    """The time during which a task listened at `address`, in seconds of the wall clock.

    Between the two the kernel takes the process down, and still takes requests for it.
    """

    address: str
    killed_at: float
    ended_at: float


def kill(victim: psutil.Process) -> Death:
    """Send SIGKILL to a task, and wait for its end."""
    address = address_of(victim)
    descriptor = os.pidfd_open(victim.pid)
    try:
        killed_at = time.time()
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        ended, _, _ = select.select([descriptor], [], [], REQUEST_S)
        assert ended, f"{victim} has not ended {REQUEST_S:g} s after SIGKILL"
        return Death(address, killed_at, time.time())
    finally:
        os.close(descriptor)


def nearest_death(failure: Failure, target: str, deaths: list[Death]) -> Death | None:
    """Return the next kill of a task at `target` after a moment; None when there was none."""
    there = [death for death in deaths if target.startswith(f"{death.address}:")]
    return min(there, key=lambda death: abs(failure.began_at - death.ended_at), default=None)


class AccessLog:
    """The load balancer's access log, in a bucket of its own."""

    BUCKET = "endurance-access-logs"

    def __init__(self, up: dict[str, Any]) -> None:
        self._s3 = client(up, "s3", config=Config(s3={"addressing_style": "path"}))
        elb = client(up, "elbv2")
        self._s3.create_bucket(Bucket=self.BUCKET, CreateBucketConfiguration={"LocationConstraint": up["region"]})
        [balancer] = elb.describe_load_balancers(Names=[CLUSTER])["LoadBalancers"]
        expected = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": self.BUCKET}
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Attributes=[{"Key": key, "Value": value} for key, value in expected.items()],
        )

    def targets(self, traces: set[str]) -> dict[str, str]:
        """The target (`address:port`) of each of these requests, once the log of all has been delivered."""
        found: dict[str, str] = {}

        def complete() -> bool:
            for line in self._lines():
                fields = shlex.split(line)
                root = next(part for part in fields[TRACE].split(";") if part.startswith("Root="))
                if root in traces:
                    found[root] = fields[TARGET]
            return found.keys() == traces

        wait_until(complete, 180)
        return found

    def _lines(self) -> list[str]:
        keys = [each["Key"] for each in self._s3.list_objects_v2(Bucket=self.BUCKET).get("Contents", [])]
        bodies = (self._s3.get_object(Bucket=self.BUCKET, Key=key)["Body"].read() for key in keys if key.endswith("gz"))
        return [line for body in bodies for line in gzip.decompress(body).decode().splitlines()]


def is_task(process: psutil.Process, spendsense: Spendsense) -> bool:
    command = process.info["cmdline"] or []
    return "app.main:app" in command and any(str(spendsense.home) in word for word in command)


def address_of(process: psutil.Process) -> str:
    """Return the address on which a task listens."""
    command = process.cmdline()
    return command[command.index("--host") + 1]
