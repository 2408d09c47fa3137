"""The plan of a recovery, and the requests it refuses, before anything changes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import Misuse, NotFound
from ops.parameters.recovery_journal import Journal
from ops.recovery import recover, service
from ops.recovery.report import report_of
from ops.recovery.steps import Part

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
IMAGE = "1.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@sha256:1"


@pytest.fixture
def cluster(aws: Aws) -> Iterator[Aws]:
    """With a task definition and a bucket, and no service; moto's."""
    where = aws.environment
    aws.ecs.create_cluster(clusterName=where.cluster)
    bucket = where.data_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    aws.ecs.register_task_definition(
        family=where.family,
        containerDefinitions=[
            {
                "name": where.container,
                "image": IMAGE,
                "memory": 128,
                "environment": [
                    {"name": "DATA_BUCKET", "value": bucket},
                    {"name": "DATABASE_SECRET_ARN", "value": "a"},
                ],
            }
        ],
    )
    yield aws


def note_shape(aws: Aws) -> None:
    noted = {"service": {"serviceName": "spendsense-backend", "taskDefinition": f"{aws.environment.family}:1"}}
    aws.ssm.put_parameter(
        Name=aws.environment.shape_parameter,
        Value=json.dumps(noted | {"database": {"restore": {}, "modify": {}}}),
        Type="String",
        Overwrite=True,
    )


def test_a_recovery_in_progress_is_resumed_and_no_other_begins(aws: Aws, console: Console) -> None:
    made = Journal(id="1", began_at=NOW.isoformat(), steps=["hold", "restore", "swap"], done=["hold"])
    made.save(aws)
    planned = recover.run(aws, recover.Options(dry_run=True), console)
    assert planned.journal == made
    assert planned.plan == [f"Resuming the recovery that began at {NOW.isoformat()}: restore, swap"]
    for other in (recover.Options(to="10m"), recover.Options(only=(Part.FILES,))):
        with pytest.raises(Misuse, match="is in progress"):
            recover.run(aws, other, console)


def test_another_revision_can_be_chosen_when_resuming(cluster: Aws, console: Console) -> None:
    Journal(id="1", began_at=NOW.isoformat(), steps=["serve"], task_definition="arn:bad:9").save(cluster)
    planned = recover.run(cluster, recover.Options(revision=1, dry_run=True), console)
    assert planned.journal is not None
    assert planned.journal.task_definition.endswith("spendsense-backend:1")


def test_an_abandoned_recovery_is_no_longer_in_progress(aws: Aws, console: Console) -> None:
    with pytest.raises(Misuse, match="no recovery is in progress"):
        recover.run(aws, recover.Options(abandon=True), console)
    Journal(id="1", began_at=NOW.isoformat(), steps=["hold"], restoring="spendsense-local-1").save(aws)
    aws.ecs.create_cluster(clusterName=aws.environment.cluster)
    assert recover.run(aws, recover.Options(abandon=True, dry_run=True), console).dry_run
    recover.run(aws, recover.Options(abandon=True), console)
    with pytest.raises(Misuse, match="no recovery is in progress"):
        recover.run(aws, recover.Options(abandon=True), console)


def test_without_confirmation_nothing_is_changed(cluster: Aws, console: Console) -> None:
    note_shape(cluster)
    with pytest.raises(Misuse, match="nothing was changed"):
        recover.run(cluster, recover.Options(only=(Part.SERVICE,)), console)
    with pytest.raises(cluster.ssm.exceptions.ParameterNotFound):
        cluster.ssm.get_parameter(Name=cluster.environment.recovery_parameter)


def test_a_missing_service_is_recreated_from_its_record(cluster: Aws, console: Console) -> None:
    note_shape(cluster)
    planned = recover.run(cluster, recover.Options(only=(Part.SERVICE,), dry_run=True), console)
    assert planned.plan == ["service    spendsense-backend on spendsense-backend:1, recreated"]


def test_without_a_record_it_says_how_to_create_the_service(cluster: Aws, console: Console) -> None:
    with pytest.raises(NotFound, match="no deploy has recorded"):
        recover.run(cluster, recover.Options(only=(Part.SERVICE,), dry_run=True), console)


def test_files_alone_need_a_moment(cluster: Aws, console: Console) -> None:
    note_shape(cluster)
    with pytest.raises(Misuse, match="the moment is missing"):
        recover.run(cluster, recover.Options(only=(Part.FILES,)), console)
    done = recover.run(cluster, recover.Options(only=(Part.FILES,), to="1h", yes=True), console)
    assert done.as_json()["files"] == {cluster.environment.data_bucket: {"seen": 0, "brought_back": 0}}
    assert done.as_json()["rto_s"] is not None


def test_tasks_get_a_revision_that_reads_the_password_where_it_is_now(cluster: Aws) -> None:
    definition = service.chosen_definition(cluster, 1, None)
    assert service.on_present_secret(cluster, definition, None) is definition
    assert service.on_present_secret(cluster, definition, "a") is definition
    moved = service.on_present_secret(cluster, definition, "b")
    assert moved["revision"] == 2
    [container] = moved["containerDefinitions"]
    assert {"name": "DATABASE_SECRET_ARN", "value": "b"} in container["environment"]
    assert container["image"] == IMAGE


def test_the_report_of_the_task_is_found_among_its_lines() -> None:
    lines = ["not json", '{"action": "after_restore", "users": 3}', '["x"]', '{"action": "stopped"}']
    assert service.after_restore_report(lines)["users"] == 3
    assert service.after_restore_report(["{}"]) == {}


def ended(**more: Any) -> Journal:
    times = {"began_at": NOW.isoformat(), "held_at": (NOW + timedelta(seconds=5)).isoformat()}
    return Journal(id="1", restored_id="db-1", moment=(NOW - timedelta(seconds=55)).isoformat(), **times, **more)


def test_the_report_says_how_long_it_took_and_how_much_is_lost() -> None:
    made = ended(ended_at=(NOW + timedelta(minutes=2)).isoformat(), set_aside="x-until-1", latest=True)
    report = report_of(made, "prod", {}, {})
    assert (report.as_json()["rto_s"], report.as_json()["lost_s"]) == (120.0, 60.0)
    assert [step.split(":")[0] for step in report.next_steps] == [
        "nothing serves",
        "the previous database is now x-until-1",
        "tell Terraform about the new instance",
    ]
    made.done = ["serve"]
    assert "nothing serves" not in "".join(report_of(made, "prod", {}, {}).next_steps)


def test_goals_that_were_missed_are_named() -> None:
    late = ended(ended_at=(NOW + timedelta(hours=2)).isoformat(), latest=True)
    late.moment = (NOW - timedelta(hours=1)).isoformat()
    told = " ".join(report_of(late, "local", {}, {}).next_steps)
    assert "longer than the goal of 1 h" in told
    assert "more was lost than the goal of 15 minutes" in told
