"""The plan of a recovery, and the requests it refuses, before anything changes."""

import json
from datetime import UTC, datetime

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import Misuse, NotFound
from ops.parameters.recovery_journal import Journal
from ops.recovery import recover
from ops.recovery.steps import Part

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def note_shape(aws: Aws) -> None:
    noted = {"service": {"serviceName": "spendsense-backend", "taskDefinition": f"{aws.environment.family}:1"}}
    aws.ssm.put_parameter(
        Name=aws.environment.shape_parameter,
        Value=json.dumps(noted | {"database": {"restore": {}, "modify": {}}}),
        Type="String",
        Overwrite=True,
    )


def test_a_recovery_in_progress_is_resumed_and_no_other_begins(aws: Aws, console: Console) -> None:
    created = Journal(id="1", began_at=NOW.isoformat(), steps=["hold", "restore", "swap"], done=["hold"])
    created.save(aws)
    planned = recover.run(aws, recover.Options(dry_run=True), console)
    assert planned.journal == created
    assert planned.plan == [f"Resuming the recovery that began at {NOW.isoformat()}: restore, swap"]
    for other in (recover.Options(to="10m"), recover.Options(only=(Part.SERVICE,))):
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
    with pytest.raises(Misuse, match="--only files needs --to"):
        recover.run(cluster, recover.Options(only=(Part.FILES,)), console)
    done = recover.run(cluster, recover.Options(only=(Part.FILES,), to="1h", yes=True), console)
    assert done.as_json()["files"] == {cluster.environment.data_bucket: {"seen": 0, "brought_back": 0}}
    assert done.as_json()["rto_s"] is not None
