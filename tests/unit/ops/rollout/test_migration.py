"""The migration that a deploy runs before it touches the service."""

import signal

import pytest

from ops.aws.clients import Aws
from ops.rollout import migration
from ops.rollout.verdict import Verdict
from ops.signals import Interrupted
from tests.unit.ops.scripted_cluster import ARN, Cluster, run


def test_a_failed_migration_stops_the_deploy_before_the_service_changes(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.MIGRATION_FAILED, 1)
    assert "Traceback ..." in result.message
    assert "Revision 6 still serves" in result.message
    assert cluster.ecs.sent("UpdateService") == []


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
    ("current", "wanted", "said"),
    [
        ("0001", "0001", "both images expect 0001"),
        ("0001", "0002", "the current image expects 0001, the new one 0002"),
        (None, "0001", "the new image expects 0001, and the current one does not say"),
        ("0001", None, "the new image does not say which schema it expects"),
    ],
)
def test_the_schema_that_images_expect_is_reported_as_expected(
    current: str | None, wanted: str | None, said: str
) -> None:
    assert migration.expected_schema(current, wanted) == said


def test_the_schema_comes_from_the_database_whatever_the_images_say(cluster: Cluster, scripted: Aws) -> None:
    """Their labels may be equal while the database was restored to an older time."""
    cluster.after_update = [cluster.complete]
    cluster.migrated |= {"before": "0003", "after": "0004"}
    result = run(scripted)
    assert len(cluster.ecs.sent("RunTask")) == 1
    assert result.as_json()["schema"] == {"before": "0003", "after": "0004"}


def test_a_schema_that_is_newer_than_the_image_does_not_stop_a_repair_of_the_older_code(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.complete]
    cluster.migrated |= {"before": "0004", "after": "0004", "is_newer": True}
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert "0004, which is newer than the image" in " ".join(capsys.readouterr().err.split())


def test_an_automatic_rollback_says_that_the_schema_has_moved(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    cluster.migrated |= {"before": "0003", "after": "0004"}
    result = run(scripted)
    assert result.verdict is Verdict.ROLLED_BACK
    assert "But the schema was migrated from 0003 to 0004 and stays there" in result.message


STOPPED = {"stopCode": "TaskFailedToStart", "containers": [{"name": "backend", "image": "i"}]}


@pytest.mark.parametrize(
    ("task", "said", "step"),
    [
        ({"stoppedReason": "CannotPullContainerError: image not found"}, {}, "the image cannot be pulled"),
        (
            {"stoppedReason": "ResourceInitializationError: unable to pull secrets"},
            {},
            "the task cannot use a secret",
        ),
        ({"stoppedReason": "CannotStartContainerError: no such file"}, {}, "the task never ran"),
        ({"stopCode": "UserInitiated", "stoppedReason": "Task stopped by user"}, {}, "somebody stopped the task"),
        ({"stopCode": "TerminationNotice", "stoppedReason": "gone"}, {}, "AWS ended the task"),
    ],
)
def test_a_task_that_never_ran_is_not_reported_as_a_bad_migration(
    cluster: Cluster, scripted: Aws, task: dict[str, str], said: dict[str, object], step: str
) -> None:
    cluster.migration = STOPPED | task
    result = run(scripted)
    assert result.verdict is Verdict.MIGRATION_FAILED
    assert result.next_steps[0].startswith(step)
    assert "correct the migration" not in result.next_steps[0]


@pytest.mark.parametrize(
    ("exit_code", "said", "step"),
    [
        (1, {"cause": "sqlalchemy.exc.ProgrammingError (sqlstate=42601)"}, "correct the migration"),
        (1, {"cause": "asyncpg.exceptions.LockNotAvailableError (sqlstate=55P03)"}, "another migration"),
        (1, {"cause": "ConnectionRefusedError: Connection refused"}, "the database does not answer"),
        (1, {"cause": "asyncpg.exceptions.InvalidPasswordError (sqlstate=28P01)"}, "the database refused the login"),
        (1, {"cause": "sqlalchemy.exc.IntegrityError", "found": "0009"}, "correct the migration"),
        (3, {}, "the program could not start"),
        (137, {}, "the task was killed"),
    ],
)
def test_a_migration_that_failed_names_its_cause(
    cluster: Cluster, scripted: Aws, exit_code: int, said: dict[str, object], step: str
) -> None:
    cluster.migration_exit_code = exit_code
    cluster.migrated = {"action": "migration_failed", **said}
    result = run(scripted)
    assert result.next_steps[0].startswith(step)
    assert "deploy again" in result.next_steps[0]
    assert ("The schema is at 0009" in result.message) is ("found" in said)


def test_an_exceeded_time_limit_is_reported_as_such_and_stops_the_task(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration = {"lastStatus": "PENDING"}
    cluster.ecs.on("StopTask", {"task": {}})
    result = run(scripted, timeout_s=0.1)
    assert "did not finish within 0.1 s: it was PENDING" in result.message
    assert "was stopped" in result.message
    assert "--timeout SECONDS" in result.next_steps[0]
    assert len(cluster.ecs.sent("StopTask")) == 1


@pytest.mark.parametrize("stops", [True, False])
def test_an_interrupt_stops_the_task_or_says_that_it_keeps_running(
    cluster: Cluster, scripted: Aws, *, stops: bool
) -> None:
    def interrupted(_: dict[str, object]) -> dict[str, object]:
        raise Interrupted(signal.SIGTERM)

    cluster.ecs.on("DescribeTasks", interrupted)
    cluster.ecs.on("StopTask", {"task": {}} if stops else {"__type": "ServerException", "message": "no"})
    with pytest.raises(Interrupted) as caught:
        run(scripted)
    [note] = caught.value.__notes__
    assert ("was stopped" if stops else "is still running: it could not be stopped") in note
    assert "logs --task migratio" in note
    assert cluster.ecs.sent("UpdateService") == []
