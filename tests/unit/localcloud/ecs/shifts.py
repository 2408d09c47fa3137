"""A service whose deployments shift traffic."""

from pathlib import Path
from typing import Any

from localcloud.ecs.model.states import ServiceDeploymentStatus
from tests.unit.localcloud.ecs.world import PRODUCTION, World

BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}


def world(directory: Path, configuration: dict[str, Any] | None = None, *, breaker: bool = True) -> World:
    scene = World(directory, desired=2, breaker=breaker, configuration=configuration or BLUE_GREEN)
    scene.deploy("good")
    scene.settle(600)
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL
    return scene


def groups(scene: World) -> set[str]:
    return {scene.group_of(task) for task in scene.live()}


def use(scene: World, strategy: str, **more: Any) -> None:
    """Change the strategy of the next deployment, as UpdateService without a new deployment does."""
    scene.service.wire["deploymentConfiguration"] |= {"strategy": strategy, "bakeTimeInMinutes": 1, **more}


def assert_served(scene: World, seconds: float) -> None:
    """Check throughout that production traffic goes only to healthy tasks."""
    for _ in range(round(seconds * 2)):
        scene.pass_time(0.5)
        reached = {group for group, weight in scene.weights[PRODUCTION].items() if weight}
        assert reached <= {scene.group_of(task) for task in scene.healthy()}


CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}}
