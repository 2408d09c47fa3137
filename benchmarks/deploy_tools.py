"""`spendsense deploy` beside PyPI's ecs-deploy and the AWS CLI's own steps, on the same service of the same cloud.

Each ships an image that is in the repository, and ends when only the new tasks serve. The baseline is the fastest of
the other tools. `spendsense` also verifies the environment, migrates the schema and sends requests meanwhile; the
others do none of this. All wait for the same rollout of ECS, which replaces one task at a time (requirement D4); that
alone takes longer than the goal, so no tool can meet it. The note has our long phases, and the rest under `other`:
starting the process and its clients, the lock, the requests before and after, the record. The service's alarms are
off: with them, every tool would wait for ECS. The last row is a version that crashes: the time from the end of its last
task to the end of the command, compared with a fixed target of 5 s.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environment import changed_source, commented_source, environment_up, spendsense, spendsense_fails
from benchmarks.rolls import without_alarms
from benchmarks.row import Row, show
from ops.aws.clients import Aws
from ops.environment import local_environment, read_endpoint
from tests.acceptance.plain_clients import aws, ecs_deploy

GOAL = "<= 0.7"
VERDICT_GOAL_S = 5.0
ROUNDS = 2
LONG, OTHER = ("verify", "migrate", "roll_out"), "other"
CRASHES = ('__version__ = "', 'raise SystemExit("broken on purpose")\n__version__ = "')


def run() -> list[Row]:
    """Deploy a few images with each in turn; return medians. Then deploy one that crashes."""
    with environment_up() as home:
        without_alarms(home)
        local = read_endpoint(home / "local")
        assert local is not None
        client = Aws(local_environment(local))
        up = {"endpoint": local.endpoint}
        phases: list[dict[str, float]] = []
        ways: dict[str, Callable[[str], None]] = {
            "spendsense": lambda image: phases.append(timed_phases(home, image)),
            "ecs-deploy": lambda image: with_ecs_deploy(client, up, image),
            "AWS CLI": lambda image: with_cli(client, up, image, home),
        }
        took_s: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(ROUNDS):
            for way, ship in ways.items():
                image = built(home, f"{way.replace(' ', '')}{number}".lower())
                begun = time.monotonic()
                ship(image)
                took_s[way].append(time.monotonic() - begun)
                spendsense(home, "wait")
        verdict_s = crash_to_verdict_s(home, client)
    medians = {way: statistics.median(seconds) for way, seconds in took_s.items()}
    ours, best_s = medians.pop("spendsense"), min(medians.values())
    note = ", ".join(f"{way} {seconds:.2f}" for way, seconds in medians.items())
    ours_by_phase = ", ".join(
        f"{phase.replace('_', ' ')} {statistics.median(measured[phase] for measured in phases):.2f}"
        for phase in (*LONG, OTHER)
    )
    note += f"; of ours: {ours_by_phase}"
    return [
        Row(name="deploy of an image, 2 tasks, s", ours=ours, theirs=best_s, ratio=ours / best_s, goal=GOAL, note=note),
        Row(
            name="last crashed task stopped to verdict, s",
            ours=verdict_s,
            theirs=VERDICT_GOAL_S,
            ratio=verdict_s / VERDICT_GOAL_S,
            goal="<= 1",
        ),
    ]


def timed_phases(home: Path, image: str) -> dict[str, float]:
    """Deploy an image. -> long phase -> seconds, with the rest of the command's time as OTHER."""
    begun = time.monotonic()
    measured: dict[str, float] = spendsense(home, "deploy", "--image", image)["phases_s"]
    phases = {phase: measured[phase] for phase in LONG}
    return phases | {OTHER: time.monotonic() - begun - sum(phases.values())}


def built(home: Path, name: str) -> str:
    """Build and push an image that differs in a comment; return its URI with its digest."""
    return str(spendsense(home, "build", "--source", str(commented_source(home, name)))["image"])


def with_ecs_deploy(client: Aws, up: dict[str, Any], image: str) -> None:
    where = client.environment
    ecs_deploy(up, "deploy", where.cluster, where.service, "-i", where.container, image, "--timeout", "120")


def with_cli(client: Aws, up: dict[str, Any], image: str, home: Path) -> None:
    """Describe, render, register, update, wait: as workflows with the AWS CLI do."""
    where = client.environment
    family = ("--task-definition", where.family)
    described = json.loads(aws(up, "ecs", "describe-task-definition", *family, "--output", "json").stdout)
    definition = described["taskDefinition"]
    for container in definition["containerDefinitions"]:
        if container["name"] == where.container:
            container["image"] = image
    for answered in (
        *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"),
        *("registeredAt", "registeredBy"),
    ):
        definition.pop(answered, None)
    file = home / "task-definition.json"
    file.write_text(json.dumps(definition))
    registered = aws(up, "ecs", "register-task-definition", "--cli-input-json", f"file://{file}", "--output", "json")
    arn = json.loads(registered.stdout)["taskDefinition"]["taskDefinitionArn"]
    named = ("--cluster", where.cluster)
    aws(up, "ecs", "update-service", *named, "--service", where.service, "--task-definition", arn)
    aws(up, "ecs", "wait", "services-stable", *named, "--services", where.service)


def crash_to_verdict_s(home: Path, client: Aws) -> float:
    """Deploy a version that crashes. -> seconds from the end of its last task to the end of the command."""
    spendsense_fails(home, "deploy", "--source", str(changed_source(home, "crashes", *CRASHES)))
    ended = time.time()
    where = client.environment
    arns = client.ecs.list_tasks(cluster=where.cluster, desiredStatus="STOPPED", family=where.family)["taskArns"]
    tasks = client.ecs.describe_tasks(cluster=where.cluster, tasks=arns)["tasks"]
    crashed = [task for task in tasks if any(container.get("exitCode") == 1 for container in task["containers"])]
    return ended - max(float(task["stoppedAt"].timestamp()) for task in crashed)


if __name__ == "__main__":
    show(run())
