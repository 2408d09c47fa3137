"""The local cloud itself: warm start, cost when idle, and its endpoint beside plain moto's."""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.environment import environment_up, spendsense
from benchmarks.row import Row, show
from tests.moto_server import moto_server

ROUNDS = 3
WARM_START_GOAL_S = 10.0
IDLE_S = 20.0
IDLE_CPU_GOAL_PERCENT, IDLE_MEMORY_GOAL_MIB = 3.0, 250.0
CALLS = 400
CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"


def run() -> list[Row]:
    """Use one environment: idle cost, then calls, then `down` + `up` a few times."""
    with environment_up() as home:
        rows = [*idle_rows(home), calls_row(home), authorized_row(home)]
        starts = [warm_start(home) for _ in range(ROUNDS)]
    return [start_row(starts), *rows]


def warm_start(home: Path) -> dict[str, Any]:
    spendsense(home, "down")
    return spendsense(home, "up", "--port", "0")


def start_row(starts: list[dict[str, Any]]) -> Row:
    middle = sorted(starts, key=lambda start: float(start["duration_s"]))[len(starts) // 2]
    seconds, note = middle["duration_s"], " ".join(f"{name}={took:.2f}" for name, took in middle["phases_s"].items())
    ratio = seconds / WARM_START_GOAL_S
    return Row(
        name="warm `up` to healthy, s", ours=seconds, theirs=WARM_START_GOAL_S, ratio=ratio, goal="<= 1", note=note
    )


def idle_rows(home: Path) -> list[Row]:
    """Measure the local cloud's own process beside its goals; the note has what it runs for the environment."""
    own = psutil.Process(endpoint(home)["pid"])
    before = used_s(own)
    time.sleep(IDLE_S)
    percent = (used_s(own) - before) / IDLE_S * 100
    memory_mib = own.memory_info().rss / 2**20
    others: dict[str, float] = {}
    for child in own.children(recursive=True):
        name = child.name()
        others[name] = others.get(name, 0.0) + child.memory_info().rss / 2**20
    note = "beside it: " + ", ".join(f"{name} {mib:.0f} MiB" for name, mib in sorted(others.items()))
    return [
        Row(
            name="local cloud at rest, % of a core",
            ours=percent,
            theirs=IDLE_CPU_GOAL_PERCENT,
            ratio=percent / IDLE_CPU_GOAL_PERCENT,
            goal="<= 1 (3 %)",
            note=f"2 healthy tasks, checks every second, over {IDLE_S:g} s",
        ),
        Row(
            name="local cloud at rest, MiB",
            ours=memory_mib,
            theirs=IDLE_MEMORY_GOAL_MIB,
            ratio=memory_mib / IDLE_MEMORY_GOAL_MIB,
            goal="<= 1 (250 MiB)",
            note=note,
        ),
    ]


def used_s(process: psutil.Process) -> float:
    """Return the CPU time."""
    times = process.cpu_times()
    return float(times.user + times.system)


def calls_row(home: Path) -> Row:
    """Call DescribeServices sequentially over one connection; alternating, so that both see the same machine load."""
    ours, theirs = [], []
    with plain_moto() as moto:
        for _ in range(ROUNDS):
            ours.append(calls_per_s(endpoint(home)["endpoint"]))
            theirs.append(calls_per_s(moto))
    rates = statistics.median(ours), statistics.median(theirs)
    return Row(
        name="DescribeServices, calls/s (beside plain moto)",
        ours=rates[0],
        theirs=rates[1],
        ratio=rates[0] / rates[1],
        goal=">= 1",
        note="raw HTTP, keep-alive; our response holds a deployment, events and 2 tasks' counts",
    )


def authorized_row(home: Path) -> Row:
    """Call DescribeServices with IAM enforced and without; alternating, so that both see the same machine load."""
    address = endpoint(home)["endpoint"]
    times: dict[str, list[float]] = {"enforce": [], "off": []}
    for _ in range(ROUNDS):
        for mode, taken in times.items():
            httpx.put(f"{address}/_localcloud/permissions", json={"mode": mode}).raise_for_status()
            taken.append(1000 / calls_per_s(address))
    enforced, off = (statistics.median(taken) for taken in times.values())
    return Row(
        name="DescribeServices with IAM enforced (beside off), ms",
        ours=enforced,
        theirs=off,
        ratio=enforced / off,
        goal="<= 1.1",
        note="the administrator's; decisions are kept until a policy changes",
    )


def endpoint(home: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((home / "local" / "endpoint.json").read_text())
    return described


@contextmanager
def plain_moto() -> Iterator[str]:
    """Run a separate moto server with the same cluster and service; -> its address."""
    with moto_server() as address:
        ecs = boto3.client(
            "ecs",
            endpoint_url=address,
            region_name="us-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        ecs.create_cluster(clusterName=CLUSTER)
        definition = ecs.register_task_definition(
            family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 128}]
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition=definition, desiredCount=2)
        yield address


def calls_per_s(address: str) -> float:
    where = urlsplit(address)
    assert where.hostname is not None
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    body = json.dumps({"cluster": CLUSTER, "services": [SERVICE]})
    named = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.DescribeServices",
    }
    signed = AWSRequest("POST", f"{address}/", named, data=body)
    SigV4Auth(Credentials("test", "test"), "ecs", "us-west-1").add_auth(signed)  # once: it takes longer than a response
    headers = dict(signed.headers.items())
    begun = time.monotonic()
    for _ in range(CALLS):
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        answered = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{address}: {answer.status}: {answered!r}")
    rate = CALLS / (time.monotonic() - begun)
    connection.close()
    return rate


if __name__ == "__main__":
    show(run())
