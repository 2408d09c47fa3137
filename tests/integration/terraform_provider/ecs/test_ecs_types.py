"""The stand-in applies clusters, task definitions and services."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon, push_image
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("service.tf").read_text()
CLUSTER = 'resource "aws_ecs_cluster" "this" {\n  name = "c"\n}\n'
DEFINITION = """
resource "aws_ecs_task_definition" "this" {
  family                   = "f"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  container_definitions    = jsonencode(%s)
}
"""

RUNNING = """
resource "aws_ecs_service" "this" {
  name                  = "s"
  cluster               = aws_ecs_cluster.this.arn
  task_definition       = aws_ecs_task_definition.this.arn
  launch_type           = "FARGATE"
  desired_count         = 2
  wait_for_steady_state = true

  network_configuration {
    subnets = [var.subnet_a]
  }
}
"""


async def test_services_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    ecs = daemon.client("ecs")
    found = ecs.describe_services(cluster="spend", services=["app"], include=["TAGS"])["services"][0]
    assert found["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert found["deploymentConfiguration"]["alarms"]["alarmNames"] == ["errors"]
    assert {each["key"]: each["value"] for each in found["tags"]} == {"Name": "app", "project": "spendsense"}
    assert (await balanced.state())["aws_ecs_service.spot"]["task_definition"] == "plain:1"

    changed = (
        WORLD.replace("health_check_grace_period_seconds  = 60", "health_check_grace_period_seconds  = 90")
        .replace('propagate_tags                     = "SERVICE"', 'propagate_tags                     = "NONE"')
        .replace("rollback = true\n  }\n\n  alarms", "rollback = false\n  }\n\n  alarms")
        .replace('value = "enabled"', 'value = "disabled"')
        .replace("weight            = 1\n", "weight            = 2\n")
        .replace('tags = { Name = "app" }', 'tags = { Name = "web" }')
    )
    assert await balanced.changes(changed) == {
        "aws_ecs_cluster.this": ["update"],
        "aws_ecs_cluster_capacity_providers.this": ["update"],
        "aws_ecs_service.this": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    found = ecs.describe_services(cluster="spend", services=["app"])["services"][0]
    assert found["healthCheckGracePeriodSeconds"] == 90
    assert found["deploymentConfiguration"]["maximumPercent"] == 150
    assert len(found["deployments"]) == 1

    await balanced.destroy()
    assert ecs.list_clusters()["clusterArns"] == []
    assert ecs.describe_task_definition(taskDefinition="spend")["taskDefinition"]["status"] == "ACTIVE"
    assert ecs.describe_task_definition(taskDefinition="plain:1")["taskDefinition"]["status"] == "INACTIVE"


async def test_what_a_deploy_changes_is_ignored_and_tracked(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    ecs = daemon.client("ecs")
    latest = ecs.describe_task_definition(taskDefinition="spend")["taskDefinition"]
    read_only = {"taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy", "compatibilities"}
    # The same containers in another order, as a deploy registers them.
    request = {key: value for key, value in latest.items() if key not in read_only}
    request["containerDefinitions"].reverse()
    next(each for each in request["containerDefinitions"] if each["name"] == "access-log").pop("environment")
    tags = [{"key": "Name", "value": "spend"}, {"key": "project", "value": "spendsense"}]
    revision = ecs.register_task_definition(**request, tags=tags)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(
        cluster="spend",
        service="app",
        taskDefinition=revision,
        desiredCount=0,
        deploymentConfiguration={"maximumPercent": 300},
    )
    assert await balanced.changes() == {}
    await balanced.apply()
    assert (await balanced.state())["aws_ecs_task_definition.this"]["arn"] == revision

    other = WORLD.replace('name = "A", value = "1"', 'name = "A", value = "other"')
    assert await balanced.changes(other) == {"aws_ecs_task_definition.this": ["delete", "create"]}
    await balanced.apply()
    found = ecs.describe_services(cluster="spend", services=["app"])["services"][0]
    assert found["taskDefinition"] == revision
    assert (await balanced.state())["aws_ecs_task_definition.this"]["revision"] == 3


@pytest.mark.full
async def test_services_and_clusters_are_imported_and_missed_when_deleted(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    state = await balanced.state()
    for address, name in (
        ("aws_ecs_cluster.this", "spend"),
        ("aws_ecs_cluster_capacity_providers.this", "spend"),
        ("aws_ecs_service.this", "spend/app"),
        ("aws_ecs_task_definition.plain", state["aws_ecs_task_definition.plain"]["arn"]),
    ):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, name)
    assert await balanced.changes() == {}

    daemon.client("ecs").delete_service(cluster="spend", service="spot", force=True)
    daemon.client("ecs").deregister_task_definition(taskDefinition="plain:1")
    changes = await balanced.changes()
    assert changes["aws_ecs_service.spot"] == changes["aws_ecs_task_definition.plain"] == ["create"]


@pytest.mark.full
async def test_a_forced_deployment_follows_its_triggers(balanced: Workspace, daemon: Daemon) -> None:
    forced = '  force_new_deployment = true\n  triggers             = { version = "1" }\n\n  network_configuration'
    head, _, tail = WORLD.rpartition("  network_configuration")
    await balanced.apply(head + forced + tail)
    assert await balanced.changes() == {}
    before = _deployment(daemon)
    await balanced.apply((head + forced + tail).replace('version = "1"', 'version = "2"'))
    assert _deployment(daemon) != before
    # The strategy changes in place where a deployment is forced, and only there.
    weighted = (
        (head + forced + tail)
        .replace('version = "1"', 'version = "2"')
        .replace("weight            = 40", "weight            = 30")
    )
    assert await balanced.changes(weighted) == {"aws_ecs_service.spot": ["update"]}
    unforced = WORLD.replace("weight            = 40", "weight            = 30")
    assert await balanced.changes(unforced) == {"aws_ecs_service.spot": ["delete", "create"]}


@pytest.mark.full
async def test_texts_that_mean_the_same_containers_are_no_change(balanced: Workspace) -> None:
    await balanced.apply(
        DEFINITION
        % '[{ name = "b", image = "x" }, { name = "a", image = "x", portMappings = [{ containerPort = 80 }] }]'
    )
    assert await balanced.changes() == {}
    same = (
        '[{ name = "a", image = "x", cpu = 0, essential = true, environment = [],'
        ' portMappings = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }] }, { name = "b", image = "x" }]'
    )
    assert await balanced.changes(DEFINITION % same) == {}
    assert await balanced.changes(DEFINITION % same.replace('"x"', '"y"')) == {
        "aws_ecs_task_definition.this": ["delete", "create"]
    }
    balanced.write(DEFINITION % '{ name = "a" }')
    assert "container_definitions is invalid: it is not a list" in await balanced.fail("plan")
    balanced.write(DEFINITION % '[{ name = "a", image = "x", cpu = "10" }]')
    error = await balanced.fail("plan")
    assert 'container_definitions[0].cpu should be a whole number, got "10"' in error


@pytest.mark.full
async def test_a_service_is_waited_for_and_drained_on_request(balanced: Workspace, daemon: Daemon) -> None:
    image = push_image(daemon, "shell")
    definition = DEFINITION % f'[{{ name = "a", image = "{image}", command = ["sleep", "600"] }}]'
    role = definition.replace("  memory ", "  execution_role_arn       = var.role\n  memory ")
    await balanced.apply(CLUSTER + role + RUNNING)
    ecs = daemon.client("ecs")
    found = ecs.describe_services(cluster="c", services=["s"])["services"][0]
    assert (found["runningCount"], len(found["deployments"])) == (2, 1)
    assert await balanced.changes() == {}
    await balanced.apply((CLUSTER + role + RUNNING).replace('"600"', '"700"'))
    found = ecs.describe_services(cluster="c", services=["s"])["services"][0]
    assert (found["runningCount"], len(found["deployments"])) == (2, 1)
    assert found["taskDefinition"].endswith(":2")
    await balanced.destroy()
    assert ecs.list_clusters()["clusterArns"] == []


def _deployment(daemon: Daemon) -> str:
    found = daemon.client("ecs").describe_services(cluster="spend", services=["spot"])["services"][0]
    return str(found["deployments"][0]["id"])
