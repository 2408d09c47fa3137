"""A repair can be deployed although the serving revision has begun to crash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx

from tests.acceptance.command import Spendsense, wait_until

CLUSTER = "spendsense-local"


def test_a_repair_replaces_a_revision_whose_tasks_keep_crashing(
    up: Any, spendsense: Spendsense, source_with: Callable[[dict[str, tuple[str, str]]], Path], tmp_path: Path
) -> None:
    gone = tmp_path / "partner-gone"
    crashes = f'__version__ = "0.1.1"\nimport os\nif os.path.exists("{gone}"): raise RuntimeError("no partner")'
    spendsense("deploy", "--source", str(source_with({"app/__init__.py": ('__version__ = "0.1.0"', crashes)})))
    gone.touch()
    ecs = boto3.client(
        "ecs",
        endpoint_url=up["endpoint"],
        region_name="us-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    for arn in ecs.list_tasks(cluster=CLUSTER)["taskArns"]:
        ecs.stop_task(cluster=CLUSTER, task=arn)

    def has_crashed() -> bool:
        arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
        stopped = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        return sum(task.get("stopCode") == "EssentialContainerExited" for task in stopped) > 3

    wait_until(has_crashed, 120)
    repaired = spendsense.json("deploy", "--force")
    assert repaired["ok"], repaired
    assert httpx.get(f"{up['url']}/version").json()["version"] == "0.1.0"
