"""Stopped tasks can be described for an hour, then they are gone (aws-facts 1.5)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.scheduling.expiry import remove_stopped_tasks

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_a_task_is_removed_an_hour_after_it_stopped(tmp_path: Path) -> None:
    store = Store(tmp_path / "ecs.json")
    store.add(_task("running", None))
    store.add(_task("recent", NOW - timedelta(minutes=60)))
    store.add(_task("old", NOW - timedelta(minutes=60, seconds=1)))

    remove_stopped_tasks(store, NOW)

    assert list(store.tasks) == ["running", "recent"]
    assert store.is_changed


def test_nothing_is_saved_when_nothing_is_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "ecs.json")
    store.add(_task("running", None))

    remove_stopped_tasks(store, NOW)

    assert not store.is_changed


def _task(arn: str, stopped_at: datetime | None) -> Task:
    return Task(
        arn=arn,
        cluster_arn="cluster",
        task_definition="web:1",
        launch={},
        group="service:web",
        started_by="",
        created_at=NOW - timedelta(hours=2),
        last_status=TaskStatus.STOPPED if stopped_at else TaskStatus.RUNNING,
        stopped_at=stopped_at,
    )
