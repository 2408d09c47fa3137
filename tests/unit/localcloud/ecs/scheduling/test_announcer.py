"""Announcements of the control plane about deployments, tasks and the service scheduler."""

from pathlib import Path

from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import ServiceAction, TaskStatus
from localcloud.ecs.model.tasks import Task
from tests.unit.localcloud.ecs.world import World


class Heard:
    """A listener that records announcements."""

    def __init__(self, world: World) -> None:
        self.deployments: list[tuple[str, str, str]] = []
        self.actions: list[ServiceAction] = []
        self.statuses: dict[str, list[TaskStatus]] = {}
        world.control.announcer.listen(self)

    def deployment_moved(self, service: Service, deployment: Deployment) -> None:
        reason = deployment.rollout_reason.replace(deployment.id, "ID")
        self.deployments.append((deployment.task_definition[-1], deployment.rollout_state.value, reason))

    def service_acted(self, service: Service, action: ServiceAction) -> None:
        self.actions.append(action)

    def task_changed(self, task: Task) -> None:
        self.statuses.setdefault(task.id, []).append(task.last_status)


def test_a_deployment_is_reported_when_it_begins_and_when_it_completes(tmp_path: Path) -> None:
    world = World(tmp_path, desired=2)
    heard = Heard(world)
    world.deploy("good")
    assert heard.deployments == [("1", "IN_PROGRESS", "ECS deployment ID in progress.")]
    world.settle(120)
    assert heard.deployments[1:] == [("1", "COMPLETED", "ECS deployment ID completed.")]
    assert heard.actions == [ServiceAction.STEADY_STATE]
    assert {statuses[0] for statuses in heard.statuses.values()} == {TaskStatus.PROVISIONING}


def test_a_failure_is_reported_before_the_rollback_that_follows_it(tmp_path: Path) -> None:
    world = World(tmp_path, desired=2)
    world.deploy("good")
    world.settle(120)
    heard = Heard(world)
    world.deploy("unpullable")
    world.settle(600)
    assert heard.deployments == [
        ("2", "IN_PROGRESS", "ECS deployment ID in progress."),
        ("2", "FAILED", "ECS deployment circuit breaker: tasks failed to start."),
        ("1", "IN_PROGRESS", "ECS deployment circuit breaker: rolling back to deploymentId ID."),
        ("1", "COMPLETED", "ECS deployment ID completed."),
    ]
    assert heard.actions == [ServiceAction.TASK_START_IMPAIRED, ServiceAction.STEADY_STATE]


def test_nothing_is_reported_again_after_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path, desired=1)
    world.deploy("good")
    world.settle(120)
    heard = Heard(world)
    world.control.announcer.restore(world.service)
    world.control.look()
    assert heard.deployments == []
