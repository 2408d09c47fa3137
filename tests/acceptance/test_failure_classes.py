"""Classes of failed deploys that need more than a broken source tree: settings, port, alarm, percentages, endpoint."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ops.aws.task_definition import REGISTERED_FIELDS, container_of
from tests.acceptance.command import BIN, Spendsense, client
from tests.acceptance.load import Load
from tests.acceptance.test_denied_deploys import without
from tests.acceptance.test_deployment_alarms import ALARM
from tests.waiting import wait_until

pytestmark = pytest.mark.long

CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"
ENDS_WITHIN_S = 300
WATCHED_FOR_S = 30


@pytest.fixture(scope="module")
def faulty(up: Any, spendsense: Spendsense) -> Any:
    """Start the environment again, with faults allowed; it listens elsewhere then, also for the tests after this."""
    spendsense("down")
    up.update(spendsense.json("up", "--faults"))
    return up


@contextmanager
def newest_definition(up: Any, change: Callable[[Any], None]) -> Iterator[None]:
    """Register a definition whose container is changed: the next deploy starts from it. Nothing of it stays."""
    ecs = client(up, "ecs")
    wire = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
    copy = {key: wire[key] for key in REGISTERED_FIELDS if wire.get(key)}
    change(container_of(copy, "backend"))
    ecs.register_task_definition(**copy)
    try:
        yield
    finally:
        for arn in ecs.list_task_definitions(familyPrefix=SERVICE)["taskDefinitionArns"]:
            if int(arn.rpartition(":")[2]) > wire["revision"]:
                ecs.deregister_task_definition(taskDefinition=arn)


def image(spendsense: Spendsense) -> str:
    return str(spendsense.json("status", expect=None)["services"][0]["image"])


@contextmanager
def begun(spendsense: Spendsense, beginning: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that has printed a line with this beginning. It is killed if it has not ended."""
    with subprocess.Popen(
        [BIN / "spendsense", *arguments, "--json"],
        env=spendsense.environment_of(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stderr is not None
            assert any(line.startswith(beginning) for line in running.stderr), f"it never printed {beginning!r}"
            yield running
        finally:
            running.kill()


def ended(running: "subprocess.Popen[str]") -> Any:
    answer, _ = running.communicate(timeout=ENDS_WITHIN_S)
    return json.loads(answer)


@contextmanager
def held_before_its_migration(
    up: Any, spendsense: Spendsense, named: str
) -> Iterator[tuple["subprocess.Popen[str]", Callable[[], object]]]:
    """A deploy whose checks have passed and whose migration has not started, and the function that lets it continue."""
    fault = spendsense.json("faults", "add", "delay-starts", "--delay", "3600", "--for", "3600")["id"]
    with begun(spendsense, "Reading and migrating", "deploy", "--image", named) as deploying:
        wait_until(lambda: "PROVISIONING" in states_of_migrations(up), ENDS_WITHIN_S)
        yield deploying, lambda: spendsense("faults", "remove", fault)


def states_of_migrations(up: Any) -> list[str]:
    """Return the states of the tasks that have not stopped and that no service has started."""
    ecs = client(up, "ecs")
    if not (arns := ecs.list_tasks(cluster=CLUSTER, family=SERVICE)["taskArns"]):
        return []
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    return [task["lastStatus"] for task in tasks if task["group"].startswith("family:")]


def test_a_log_group_that_does_not_exist_is_a_setting(up: Any, spendsense: Spendsense) -> None:
    definition = client(up, "ecs").describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
    group = container_of(definition, "backend")["logConfiguration"]["options"]["awslogs-group"]
    logs = client(up, "logs")
    logs.delete_log_group(logGroupName=group)
    try:
        refused = spendsense.json("deploy", "--image", image(spendsense), expect=1)
    finally:
        logs.create_log_group(logGroupName=group)
    assert (refused["ok"], refused["class"]) == (False, "settings"), refused
    assert f"{group}: does not exist" in refused["message"]


@pytest.mark.full
def test_a_program_that_listens_at_another_port_is_named(up: Any, spendsense: Spendsense) -> None:
    def other_port(container: Any) -> None:
        container["command"] = ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8001"]

    before = image(spendsense)
    with newest_definition(up, other_port), Load(up["url"], per_second=20) as tally:
        failed = spendsense.json("deploy", "--image", before, expect=1)
    assert (failed["verdict"], failed["class"]) == ("rolled_back", "port"), failed["cause"]
    assert tally.failures == []
    assert image(spendsense) == before


@pytest.mark.full
def test_an_alarm_that_goes_off_rolls_back_and_is_named(up: Any, spendsense: Spendsense) -> None:
    cloudwatch = client(up, "cloudwatch")
    with begun(spendsense, "  all tasks are running", "deploy", "--image", image(spendsense)) as deploying:
        cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="somebody said so")
        failed = ended(deploying)
    assert (failed["verdict"], failed["class"]) == ("rolled_back", "alarm"), failed
    assert ALARM in failed["cause"]
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, ENDS_WITHIN_S)


@pytest.mark.parametrize(
    ("reason", "said", "step"),
    [
        ("capacity", "Capacity is unavailable at this time", "try again in a few minutes"),
        ("quota", "You've reached the limit on the number of vCPUs you can run concurrently", "L-3032A538"),
    ],
)
def test_a_shortage_on_aws_is_named_and_the_old_tasks_serve_on(
    faulty: Any, spendsense: Spendsense, reason: str, said: str, step: str
) -> None:
    """RunTask refuses the migration of one deploy; the service cannot place the new tasks of another."""
    before = image(spendsense)
    shortage = ("faults", "add", "unplaceable-tasks", "--reason", reason, "--for", "3600")
    try:
        with Load(faulty["url"], per_second=20) as tally:
            spendsense(*shortage)
            refused = spendsense.json("deploy", "--image", before, expect=1)
            spendsense("faults", "remove", "--all")
            with held_before_its_migration(faulty, spendsense, before) as (deploying, release):
                spendsense(*shortage)
                release()
                failed = ended(deploying)
    finally:
        spendsense("faults", "remove", "--all")
    assert (refused["verdict"], refused["class"]) == ("migration_failed", reason), refused
    assert (failed["verdict"], failed["class"]) == ("rolled_back", reason), failed
    for result in (refused, failed):
        assert said in result["cause"]
        assert step in result["next_steps"][0]
    assert tally.failures == []
    assert image(spendsense) == before


@pytest.mark.parametrize(
    ("action", "step"),
    [
        (
            "secretsmanager:GetSecretValue",
            "allow the role spendsense-local-execution secretsmanager:GetSecretValue on arn:",
        ),
        ("kms:Decrypt", "allow the task's execution role kms:Decrypt on the key that encrypts it"),
        ("ecr:BatchGetImage", "allow the role spendsense-local-execution ecr:BatchGetImage on arn:aws:ecr:"),
    ],
)
def test_a_permission_that_was_removed_since_the_checks_is_named(
    faulty: Any, spendsense: Spendsense, action: str, step: str
) -> None:
    before = image(spendsense)
    with (
        held_before_its_migration(faulty, spendsense, before) as (deploying, release),
        without(faulty, "execution", "start-task", action),
    ):
        release()
        failed = ended(deploying)
    assert (failed["verdict"], failed["class"]) == ("migration_failed", "permission"), failed
    assert step in failed["next_steps"][0]
    assert image(spendsense) == before


def test_percentages_without_room_for_a_step_are_named(up: Any, spendsense: Spendsense) -> None:
    ecs = client(up, "ecs")
    with begun(spendsense, "rev ", "restart", "--timeout", str(WATCHED_FOR_S)) as restarting:
        present = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["deploymentConfiguration"]
        no_room = present | {"minimumHealthyPercent": 100, "maximumPercent": 100}
        ecs.update_service(cluster=CLUSTER, service=SERVICE, deploymentConfiguration=no_room)
        failed = ended(restarting)
    assert (failed["verdict"], failed["class"]) == ("timed_out", "stuck_configuration"), failed
    assert any("restart --force" in step for step in failed["next_steps"])
    assert spendsense.json("restart", "--force")["ok"]


def test_an_endpoint_that_stays_away_is_named(up: Any, spendsense: Spendsense) -> None:
    """The last one: the environment is down afterwards."""
    options = ("--image", image(spendsense), "--timeout", str(WATCHED_FOR_S))
    with begun(spendsense, "rev ", "deploy", *options) as deploying:
        spendsense("down")
        failed = ended(deploying)
    assert (deploying.returncode, failed["class"]) == (3, "endpoint_gone"), failed
    assert failed["message"].startswith("Not watched to its end: ")
    assert "continues" in failed["message"]
