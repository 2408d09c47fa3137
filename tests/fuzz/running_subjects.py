"""For the fuzz: ECS and CloudWatch Logs, of which every operation is ours."""

from collections.abc import Collection
from typing import Any

from localcloud.cloudwatch.logs.api import Logs
from localcloud.ecs.api import EcsApi
from localcloud.host import Host
from tests.fuzz.subjects import Subject
from tests.integration.localcloud.autoscaling.test_scaling_on_alarms import Overlay
from tests.integration.localcloud.conftest import Cloud
from tests.unit.localcloud.ecs.world import World

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
GROUP = {"logGroupName": "fuzz"}


def _ecs(host: Host) -> Overlay:
    """In a world without processes, whose own service is not one that the API has made."""
    control = World(host.data_directory, desired=0).control
    control.store.services.clear()
    return Overlay(EcsApi(host, control))


async def _prepare_ecs(cloud: Cloud) -> None:
    container = {"name": "c", "image": "good", "essential": True}
    fargate = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    await cloud.call("ecs", "create_cluster", clusterName="c")
    await cloud.call("ecs", "register_task_definition", family="f", containerDefinitions=[container], **fargate)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    created = {"serviceName": "s", "taskDefinition": "f", "desiredCount": 0, "launchType": "FARGATE"}
    await cloud.call("ecs", "create_service", cluster="c", networkConfiguration=network, **created)


async def _prepare_logs(cloud: Cloud) -> None:
    await cloud.call("logs", "create_log_group", **GROUP)
    await cloud.call("logs", "create_log_stream", **GROUP, logStreamName="fuzz")
    lines = [{"timestamp": 1_767_225_600_000, "message": "fuzz"}]
    await cloud.call("logs", "put_log_events", **GROUP, logStreamName="fuzz", logEvents=lines)


def _listed_in_ecs(cloud: Cloud, client: Any) -> Collection[str]:
    return {*client.list_clusters()["clusterArns"], *client.list_services(cluster="c")["serviceArns"]}


def _listed_in_logs(cloud: Cloud, client: Any) -> Collection[str]:
    return {each["logGroupName"] for each in client.describe_log_groups()["logGroups"]}


RUNNING = (
    Subject(
        service="ecs",
        parts={"ecs": _ecs},
        known={
            "cluster": ["c", ARN.format("ecs", "cluster/c")],
            "clusterName": ["fuzz"],
            "service": ["s", ARN.format("ecs", "service/c/s")],
            "services": [["s"]],
            "taskDefinition": ["f", "f:1"],
            "family": ["f"],
            "resourceArn": [ARN.format("ecs", "service/c/s")],
        },
        prepare=_prepare_ecs,
        # The world counts every task of a cluster as one of its service.
        without=("RunTask",),
        listed=_listed_in_ecs,
    ),
    Subject(
        service="logs",
        parts={"logs": Logs},
        known={
            "logGroupName": ["fuzz"],
            "logGroupNames": [["fuzz"]],
            "logGroupIdentifier": ["fuzz", ARN.format("logs", "log-group:fuzz")],
            "logStreamName": ["fuzz"],
            "filterPattern": ["fuzz", "{ $.fuzz = 1 }", "["],
            "queryString": ["fields @message", "fields"],
            "resourceArn": [ARN.format("logs", "log-group:fuzz")],
        },
        prepare=_prepare_logs,
        listed=_listed_in_logs,
        # Its response is a stream that lasts for hours; test_log_follow.py asks for it.
        without=("StartLiveTail",),
    ),
)
