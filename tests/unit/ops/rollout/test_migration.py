"""The migration that a deploy runs before it touches the service."""

import json
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from ops.aws.clients import Aws
from ops.errors import NotReachable
from ops.rollout import migration
from ops.rollout.failures import LOG_DELIVERY_S
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import ARN, Cluster, run

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_a_failed_migration_stops_the_deploy_before_the_service_changes(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.MIGRATION_FAILED, 1)
    assert "Traceback ..." in result.message
    assert "Revision 6 still serves" in result.message
    assert cluster.ecs.sent("UpdateService") == []


def test_a_migration_that_crashed_before_it_could_report_is_not_waited_for(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    cluster.migrated = {"action": "something else"}
    result = run(scripted)
    assert result.verdict is Verdict.MIGRATION_FAILED
    assert result.as_json()["class"] == "crash"
    assert result.next_steps[0].startswith("correct the program, which ended before it could migrate")
    looks = LOG_DELIVERY_S / scripted.environment.poll_interval_s
    assert len(cluster.logs.sent("GetLogEvents")) < looks * 0.6


def test_a_report_that_arrives_after_other_lines_is_read(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    failed = {"action": "migration_failed", "found": "0007"}
    looks: list[int] = []

    def lines(_: dict[str, Any]) -> dict[str, Any]:
        looks.append(1)
        arrived = ["starting", json.dumps(failed)] if len(looks) > 2 else ["starting"]
        return {"events": [{"timestamp": 1, "message": line} for line in arrived]}

    cluster.logs.on("GetLogEvents", lines)
    assert "The schema is at 0007" in run(scripted).message


def test_the_migration_runs_the_new_image_in_the_services_network(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    (request,) = cluster.ecs.sent("RunTask")
    assert request["taskDefinition"] == f"{ARN}:7"
    assert request["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    assert request["overrides"]["containerOverrides"] == [
        {"name": "backend", "command": ["python", "-m", "app.migrate"]}
    ]


@pytest.mark.parametrize(
    ("current", "expected", "printed"),
    [
        ("0001", "0001", "both images expect 0001"),
        ("0001", "0002", "the current image expects 0001, the new one 0002"),
        (None, "0001", "the new image expects 0001, and the current one does not say"),
        ("0001", None, "the new image does not say which schema it expects"),
    ],
)
def test_the_schema_that_images_expect_is_reported_as_expected(
    current: str | None, expected: str | None, printed: str
) -> None:
    assert migration.expected_schema(current, expected) == printed


def test_before_the_first_deploy_there_is_no_current_image_to_name() -> None:
    assert (
        migration.expected_schema(None, "0001", is_first=True)
        == "the new image, the first to be deployed, expects 0001"
    )
    assert migration.expected_schema(None, None, is_first=True) == "the new image does not say which schema it expects"


def test_the_schema_comes_from_the_database_whatever_the_images_say(cluster: Cluster, scripted: Aws) -> None:
    """The images' labels may be equal while the database was restored to an older time."""
    cluster.after_update = [cluster.complete]
    cluster.migrated |= {"before": "0003", "after": "0004"}
    result = run(scripted)
    assert len(cluster.ecs.sent("RunTask")) == 1
    assert result.as_json()["schema"] == {"before": "0003", "after": "0004", "is_newer": False}


def test_a_schema_that_is_newer_than_the_image_does_not_stop_a_repair_of_the_older_code(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.complete]
    cluster.migrated |= {"before": "0004", "after": "0004", "is_newer": True}
    result = run(scripted)
    assert result.verdict is Verdict.DEPLOYED
    assert "0004, which is newer than the image" in " ".join(capsys.readouterr().err.split())
    reported = result.as_json()
    assert reported["schema"] == {"before": "0004", "after": "0004", "is_newer": True}
    assert "the schema is at 0004, which is newer than the image expects" in str(reported["message"])


@pytest.mark.parametrize("operation", ["RunTask", "DescribeTasks", "GetLogEvents"])
def test_an_endpoint_that_is_gone_during_the_migration_is_named_with_its_class(
    cluster: Cluster, scripted: Aws, operation: str
) -> None:
    def be_gone(_: Any) -> Any:
        scripted.retries.should_give_up = lambda: True  # as a local cloud that `down` has ended
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1:1")

    (cluster.logs if operation == "GetLogEvents" else cluster.ecs).on(operation, be_gone)
    with pytest.raises(NotReachable, match="the migration's end is unknown, and nothing was deployed") as raised:
        run(scripted)
    assert raised.value.as_json()["class"] == "endpoint_gone"
    assert "then deploy again: `spendsense deploy`" in str(raised.value.next_step)
    assert cluster.ecs.sent("UpdateService") == []


def test_an_automatic_rollback_says_that_the_schema_has_moved(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    cluster.migrated |= {"before": "0003", "after": "0004"}
    result = run(scripted)
    assert result.verdict is Verdict.ROLLED_BACK
    assert "But the schema was migrated from 0003 to 0004 and stays there" in result.message


STOPPED = {"stopCode": "TaskFailedToStart", "containers": [{"name": "backend", "image": "i"}]}


@pytest.mark.parametrize(
    ("task", "printed", "step"),
    [
        ({"stoppedReason": "CannotPullContainerError: image not found"}, {}, "the image cannot be pulled"),
        (
            {"stoppedReason": "ResourceInitializationError: unable to pull secrets"},
            {},
            "the task cannot use a secret",
        ),
        ({"stoppedReason": "CannotStartContainerError: no such file"}, {}, "the task never ran"),
        ({"stopCode": "UserInitiated", "stoppedReason": "Task stopped by user"}, {}, "somebody stopped the task"),
        ({"stopCode": "TerminationNotice", "stoppedReason": "gone"}, {}, "AWS stopped the task"),
    ],
)
def test_a_task_that_never_ran_is_not_reported_as_a_bad_migration(
    cluster: Cluster, scripted: Aws, task: dict[str, str], printed: dict[str, object], step: str
) -> None:
    cluster.migration = STOPPED | task
    result = run(scripted)
    assert result.verdict is Verdict.MIGRATION_FAILED
    assert result.next_steps[0].startswith(step)
    assert "correct the migration" not in result.next_steps[0]


@pytest.mark.parametrize(
    ("exit_code", "printed", "step"),
    [
        (1, {"cause": "sqlalchemy.exc.ProgrammingError (sqlstate=42601)"}, "correct the migration"),
        (1, {"cause": "asyncpg.exceptions.LockNotAvailableError (sqlstate=55P03)"}, "another migration"),
        (1, {"cause": "asyncpg.exceptions.QueryCanceledError (sqlstate=57014)"}, "a statement took longer"),
        (1, {"cause": "ConnectionRefusedError: Connection refused"}, "the database does not respond"),
        (1, {"cause": "asyncpg.exceptions.InvalidPasswordError (sqlstate=28P01)"}, "the database refused the login"),
        (1, {"cause": "sqlalchemy.exc.IntegrityError", "found": "0009"}, "correct the migration"),
        (3, {}, "the program could not start"),
        (137, {}, "the task was killed"),
    ],
)
def test_a_migration_that_failed_names_its_cause(
    cluster: Cluster, scripted: Aws, exit_code: int, printed: dict[str, object], step: str
) -> None:
    cluster.migration_exit_code = exit_code
    cluster.migrated = {"action": "migration_failed", **printed}
    result = run(scripted)
    assert result.next_steps[0].startswith(step)
    assert "deploy again" in result.next_steps[0]
    assert ("The schema is at 0009" in result.message) is ("found" in printed)
    if "cause" in printed:
        assert str(result.as_json()["cause"]).endswith(f"failed: {printed['cause']}")
