"""Differences between task definitions, and what only looks like one."""

from typing import Any

import pytest

from ops.aws.definition_changes import Change, changes, difference, differing


def test_difference_shows_added_and_removed_values_and_ignores_order() -> None:
    before = {"containerDefinitions": [{"name": "a", "environment": [{"name": "X", "value": "1"}], "cpu": 1}]}
    after = {"containerDefinitions": [{"environment": [{"value": "1", "name": "X"}], "name": "a", "memory": 2}]}
    assert difference(before, after) == [
        "- containerDefinitions[a].cpu: 1",
        "+ containerDefinitions[a].memory: 2",
    ]


def container(**fields: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": "a", **fields}]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"cpu": 512, "memory": "1024"}, {"cpu": "512", "memory": 1024}),
        ({"requiresCompatibilities": ["EC2", "FARGATE"]}, {"requiresCompatibilities": ["FARGATE", "EC2"]}),
        ({"enableFaultInjection": False}, {}),
        ({"runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}}, {}),
        ({"volumes": [{"name": "tmp", "host": {}}]}, {"volumes": [{"name": "tmp"}]}),
        (container(cpu=0, essential=True, environment=[], systemControls=[]), container()),
        (
            container(portMappings=[{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}]),
            container(portMappings=[{"containerPort": 8000}]),
        ),
        (
            container(mountPoints=[{"containerPath": "/a", "readOnly": False}, {"containerPath": "/b"}]),
            container(mountPoints=[{"containerPath": "/b"}, {"containerPath": "/a"}]),
        ),
        (
            container(dependsOn=[{"containerName": "x"}, {"containerName": "y"}]),
            container(dependsOn=[{"containerName": "y"}, {"containerName": "x"}]),
        ),
        (
            container(healthCheck={"command": ["CMD", "x"], "interval": 30, "timeout": 5, "retries": 3}),
            container(healthCheck={"command": ["CMD", "x"]}),
        ),
        (
            container(linuxParameters={"capabilities": {"drop": ["A", "B"]}}),
            container(linuxParameters={"capabilities": {"drop": ["B", "A"]}}),
        ),
    ],
)
def test_what_means_the_same_to_ecs_is_not_a_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert difference(before, after) == []
    assert difference(after, before) == []


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (
            container(command=["a", "b"]),
            container(command=["b", "a"]),
            '~ containerDefinitions[a].command[0]: "a" -> "b"',
        ),
        (container(essential=False), container(), "- containerDefinitions[a].essential: false"),
        (container(cpu=1), container(cpu=0), "- containerDefinitions[a].cpu: 1"),
        ({"cpu": "512"}, {"cpu": "1024"}, '~ cpu: "512" -> "1024"'),
        ({}, {"runtimePlatform": {"cpuArchitecture": "ARM64"}}, '+ runtimePlatform.cpuArchitecture: "ARM64"'),
        (
            container(portMappings=[{"containerPort": 8000}]),
            container(portMappings=[{"containerPort": 80}]),
            "- containerDefinitions[a].portMappings[8000].containerPort: 8000",
        ),
        (
            container(secrets=[{"name": "A", "valueFrom": "arn:1"}]),
            container(secrets=[{"name": "A", "valueFrom": "arn:2"}]),
            '~ containerDefinitions[a].secrets[A].valueFrom: "arn:1" -> "arn:2"',
        ),
    ],
)
def test_a_change_of_what_ecs_would_do_is_a_difference(
    before: dict[str, Any], after: dict[str, Any], line: str
) -> None:
    assert line in difference(before, after)


def test_a_change_has_its_values_for_scripts() -> None:
    (change,) = changes({"cpu": "512"}, {"cpu": "1024", "status": "ACTIVE"})
    assert change.as_json() == {"path": "cpu", "before": "512", "after": "1024"}
    assert Change("a", None, "1").as_json() == {"path": "a", "before": None, "after": 1}
    assert [each.path for each in differing({"maximumPercent": 150}, {"maximumPercent": 200})] == ["maximumPercent"]
