"""The operator's commands for real: rollback, history, run, scale; and a repair of what has begun to crash."""

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.command import BIN, Spendsense, client
from tests.acceptance.load import Load
from tests.waiting import wait_until

pytestmark = pytest.mark.long  # test_first_light.py has a rollback too

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"
RATE = 40
FAILS_WITH_7 = "import sys; print('looked', flush=True); sys.exit(7)"
WAITS = "import time; print('waits', flush=True); time.sleep(60)"


def version(up: Any) -> str:
    return str(httpx.get(f"{up['url']}/version").json()["version"])


def test_a_rollback_restores_the_previous_revision_and_loses_no_request(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    bad = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.2.0"')})
    spendsense("deploy", "--source", str(bad), "--tag", "bad")
    assert version(up) == "0.2.0"
    with Load(up["url"], per_second=RATE) as tally:
        back = spendsense.json("rollback")
    assert (back["ok"], back["from"]["tags"], back["to"]["revision"]) == (True, ["bad"], up["revision"])
    assert tally.failures == []
    assert version(up) == "0.1.0"
    newest, *_ = spendsense.json("history")["deployments"]
    assert (newest["revision"], newest["serves"], newest["status"]) == (up["revision"], True, "SUCCESSFUL")


def test_there_is_nothing_to_roll_back_to_before_the_first_revision(up: Any, spendsense: Spendsense) -> None:
    refused = spendsense("rollback", expect=1)
    assert f"nothing served before revision {up['revision']}" in refused.stderr
    assert "rollback --to REVISION" in refused.stderr


def test_a_one_off_command_gives_its_output_and_its_exit_code(up: Any, spendsense: Spendsense) -> None:
    done = spendsense("run", "--", "python", "-c", FAILS_WITH_7, expect=7)
    assert done.stdout == "looked\n"


def test_a_command_in_a_running_task_sees_its_environment(up: Any, spendsense: Spendsense) -> None:
    said = spendsense("exec", "--", "python", "-c", "import os; print(os.environ['ENVIRONMENT'], os.isatty(1))")
    assert said.stdout == "local True\n"  # Python reads \r\n so
    left = json.loads(spendsense("exec", "--json", "--", "true").stdout)
    assert (left["ok"], left["container"], left["revision"]) == (True, "backend", up["revision"])
    assert "no-such-program" in spendsense("exec", "--", "no-such-program", expect=1).stderr


@pytest.mark.usefixtures("up")
def test_database_and_redis_are_reached_as_port_forward_says(spendsense: Spendsense) -> None:
    for store in ("database", "redis"):
        way = spendsense.json("port-forward", store)
        with socket.create_connection((way["host"], way["port"]), timeout=30):
            assert way["secret"] is None or way["secret_key"]


def test_ctrl_c_stops_the_task(up: Any, spendsense: Spendsense) -> None:
    with subprocess.Popen(
        [BIN / "spendsense", "run", "--", "python", "-c", WAITS],
        env=spendsense.environment_of("run"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, as a test run may be one, ignores SIGINT and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waits\n"
        running.send_signal(signal.SIGINT)
        _, progress = running.communicate(timeout=60)
    assert running.returncode == 130, progress
    assert "was stopped" in progress


def test_a_repair_replaces_a_revision_whose_tasks_keep_crashing(
    up: Any, spendsense: Spendsense, source_with: SourceWith, tmp_path: Path
) -> None:
    gone = tmp_path / "partner-gone"
    crashes = f'__version__ = "0.1.1"\nimport os\nif os.path.exists("{gone}"): raise RuntimeError("no partner")'
    spendsense("deploy", "--source", str(source_with({"app/__init__.py": ('__version__ = "0.1.0"', crashes)})))
    gone.touch()
    ecs = client(up, "ecs")
    for arn in ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]:
        ecs.stop_task(cluster=CLUSTER, task=arn)

    def has_crashed() -> bool:
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE, desiredStatus="STOPPED")["taskArns"]
        stopped = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        return sum(task.get("stopCode") == "EssentialContainerExited" for task in stopped) > 3

    wait_until(has_crashed, 120)
    repaired = spendsense.json("deploy", "--force")
    assert repaired["ok"], repaired
    assert httpx.get(f"{up['url']}/version").json()["version"] == "0.1.0"


def test_the_number_of_tasks_changes_within_its_bounds(up: Any, spendsense: Spendsense) -> None:
    scaling = client(up, "application-autoscaling")
    scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/spendsense-local/spendsense-backend",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    refused = spendsense("scale", "--desired", "3", expect=2)
    assert "scale --max 3 --desired 3" in refused.stderr
    # Suspended: an idle service is scaled in towards its minimum, also while the command counts.
    more = spendsense.json("scale", "--max", "3", "--desired", "3", "--suspend")
    assert (more["ok"], more["running"], more["maximum"], more["suspended"]) == (True, 3, 3, True)
    before = spendsense.json("scale", "--min", "2", "--max", "4", "--desired", "2", "--resume")
    assert (before["ok"], before["suspended"]) == (True, False)
    # The crashes before may have raised an alarm, which takes its time to end.
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 180)


def test_the_commands_of_every_day_look_at_the_service_and_replace_a_task(up: Any, spendsense: Spendsense) -> None:
    assert spendsense.json("wait")["ok"]
    before = [each["id"] for each in spendsense.json("tasks")["tasks"]]
    assert spendsense.json("open", "--no-browser") == {"env": "local", "url": up["url"], "opened": False}
    [cloud] = [each for each in spendsense.json("doctor", expect=None)["checks"] if each["name"] == "local cloud"]
    assert cloud["found"] == f"responds at {up['endpoint']}"
    assert spendsense.json("stop", "--task", before[0][:12])["task"] == before[0]
    wait_until(lambda: before[0] not in {each["id"] for each in spendsense.json("tasks")["tasks"]}, 60)
    assert spendsense.json("wait", "--timeout", "120")["ok"]
    stopped = {each["id"]: each for each in spendsense.json("tasks", "--stopped")["tasks"]}
    assert (stopped[before[0]]["stop_code"], stopped[before[0]]["class"]) == ("UserInitiated", "other_deploy")
    assert "has reached a steady state" in spendsense("events").stdout


@pytest.mark.full
def test_a_deployment_is_stopped_where_it_stands_and_what_served_serves_on(up: Any, spendsense: Spendsense) -> None:
    ecs = client(up, "ecs")

    def newest() -> str:
        listed = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        return str(listed[0]["status"])

    restarting = [BIN / "spendsense", "restart"]
    with subprocess.Popen(restarting, env=spendsense.environment_of("restart"), stderr=subprocess.PIPE) as running:
        wait_until(lambda: newest() == "IN_PROGRESS", 120)
        assert spendsense.json("stop", "--deployment", "--dry-run")["stopped"] is False
        stopped = spendsense.json("stop", "--deployment")
        running.communicate(timeout=240)
    assert (stopped["ok"], stopped["stopped"], stopped["task"]) == (True, True, None)
    assert running.returncode == 1
    assert newest() == "STOPPED"
    assert "no deployment is in progress" in spendsense("stop", "--deployment", expect=1).stderr
    assert version(up) == "0.1.0"
    assert spendsense.json("restart")["ok"]


@pytest.mark.full
def test_a_restart_replaces_every_task_without_losing_a_request(up: Any, spendsense: Spendsense) -> None:
    before = {each["id"] for each in spendsense.json("tasks")["tasks"]}
    restarted = spendsense.json("restart")
    assert restarted["verdict"] == "deployed", restarted
    assert restarted["traffic"]["failures"] == {}
    assert before.isdisjoint(each["id"] for each in spendsense.json("tasks")["tasks"])
