"""Requests to ECS: what is refused and with which error, pages, tags, limits."""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.conformance.cloud import Wire
from tests.conformance.stage import CONTAINER, SLEEPER, Stage, server

fact = pytest.mark.fact


@pytest.fixture(scope="module")
def idle(stage: Stage) -> str:
    """A service without tasks."""
    return stage.create_service(stage.register(SLEEPER, family=stage.cloud.new_name("idle")), 0)


@fact("1.11/not-found")
def test_unknown_clusters_and_services_are_errors(stage: Stage, idle: str) -> None:
    ecs = stage.cloud.ecs
    for call, parameters in (
        (ecs.describe_services, {"services": ["none"]}),
        (ecs.list_services, {}),
        (ecs.list_tasks, {}),
        (ecs.describe_tasks, {"tasks": ["0" * 32]}),
        (ecs.delete_cluster, {}),
    ):
        with stage.cloud.refused("ClusterNotFoundException") as error:
            call(cluster="conformance-none", **parameters)
        assert error["message"] == "Cluster not found."
    for call, parameters in (
        (ecs.update_service, {"service": "none"}),
        (ecs.delete_service, {"service": "none"}),
        (ecs.list_tasks, {"serviceName": "none"}),
    ):
        with stage.cloud.refused("ServiceNotFoundException"):
            call(cluster=stage.cluster, **parameters)


@fact("1.11/not-found")
def test_what_a_describe_does_not_find_is_missing(stage: Stage, idle: str) -> None:
    ecs, cluster = stage.cloud.ecs, stage.cluster
    answer = ecs.describe_services(cluster=cluster, services=[idle, "none"])
    assert [service["serviceName"] for service in answer["services"]] == [idle]
    [failure] = answer["failures"]
    assert (failure["reason"], failure["arn"].endswith("/none")) == ("MISSING", True)
    assert ecs.describe_tasks(cluster=cluster, tasks=["0" * 32])["failures"][0]["reason"] == "MISSING"
    assert ecs.describe_clusters(clusters=["conformance-none"])["failures"][0]["reason"] == "MISSING"
    with stage.cloud.refused("ClientException") as error:
        ecs.describe_task_definition(taskDefinition="conformance-none:1")
    assert error["message"] == "Unable to describe task definition."


@fact("1.11/idempotent")
def test_a_cluster_can_be_made_twice_and_another_service_of_that_name_cannot(stage: Stage, idle: str) -> None:
    again = stage.cloud.ecs.create_cluster(clusterName=stage.cluster)["cluster"]
    assert (again["clusterName"], again["status"]) == (stage.cluster, "ACTIVE")
    with stage.cloud.refused("InvalidParameterException") as error:
        stage.cloud.ecs.create_service(
            cluster=stage.cluster,
            serviceName=idle,
            taskDefinition=stage.register(SLEEPER),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=stage.network,
        )
    assert error["message"] == "Creation of service was not idempotent."


@fact("1.11/cluster-in-use")
def test_a_cluster_in_use_cannot_be_deleted(stage: Stage, idle: str) -> None:
    with stage.cloud.refused("ClusterContainsServicesException"):
        stage.cloud.ecs.delete_cluster(cluster=stage.cluster)


@fact("1.11/network-needed")
def test_awsvpc_needs_a_network(stage: Stage) -> None:
    definition, ecs = stage.register(SLEEPER), stage.cloud.ecs
    words = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    with stage.cloud.refused("InvalidParameterException") as error:
        ecs.run_task(cluster=stage.cluster, taskDefinition=definition, launchType="FARGATE")
    assert error["message"] == words
    with stage.cloud.refused("InvalidParameterException") as error:
        ecs.create_service(
            cluster=stage.cluster,
            serviceName=stage.cloud.new_name("none"),
            taskDefinition=definition,
            desiredCount=0,
            launchType="FARGATE",
        )
    assert error["message"] == words


@fact("1.11/container-port")
@pytest.mark.parametrize(("container", "port"), [(CONTAINER, 9000), ("none", 8000)])
def test_a_service_registers_a_port_that_there_is(stage: Stage, container: str, port: int) -> None:
    group = stage.group()
    stage.door_to(group)
    with stage.cloud.refused("InvalidParameterException") as error:
        stage.create_service(
            stage.register(server()),
            0,
            loadBalancers=[{"targetGroupArn": group, "containerName": container, "containerPort": port}],
        )
    assert f"The container {container} did not have a container port {port} defined." in error["message"]


@fact("1.11/limits")
def test_at_most_so_many_at_once(stage: Stage) -> None:
    ecs, cluster = stage.cloud.ecs, stage.cluster
    with stage.cloud.refused("InvalidParameterException"):
        ecs.describe_services(cluster=cluster, services=[f"s{number}" for number in range(11)])
    with stage.cloud.refused("InvalidParameterException"):
        ecs.describe_services(cluster=cluster, services=[])
    with stage.cloud.refused("InvalidParameterException"):
        ecs.describe_tasks(cluster=cluster, tasks=[f"{number:032x}" for number in range(101)])
    with stage.cloud.refused("InvalidParameterException"):
        ecs.describe_tasks(cluster=cluster, tasks=[])
    with stage.cloud.refused("InvalidParameterException"):
        ecs.run_task(
            cluster=cluster,
            taskDefinition=stage.register(SLEEPER),
            count=11,
            launchType="FARGATE",
            networkConfiguration=stage.network,
        )


@fact("1.11/validation")
@pytest.mark.parametrize(
    "settings",
    [
        {"desiredCount": -1},
        {"deploymentConfiguration": {"minimumHealthyPercent": -1}},
        {"deploymentConfiguration": {"maximumPercent": -1}},
        {"healthCheckGracePeriodSeconds": -1},
        {"taskDefinition": "conformance-none"},
    ],
    ids=str,
)
def test_impossible_settings_of_a_service_are_refused(stage: Stage, settings: Wire) -> None:
    with stage.cloud.refused("InvalidParameterException", "ClientException"):
        parameters: Wire = {"taskDefinition": stage.register(SLEEPER), "desiredCount": 1} | settings
        stage.cloud.ecs.create_service(
            cluster=stage.cluster,
            serviceName=stage.cloud.new_name("refused"),
            launchType="FARGATE",
            networkConfiguration=stage.network,
            **parameters,
        )


@fact("1.11/validation")
@pytest.mark.parametrize("name", ["", "a" * 256, "with space", "with/slash"])
def test_names_are_letters_digits_hyphens_and_underscores(stage: Stage, name: str) -> None:
    with stage.cloud.refused("InvalidParameterException", "ClientException"):
        stage.cloud.ecs.create_service(
            cluster=stage.cluster,
            serviceName=name,
            taskDefinition=stage.register(SLEEPER),
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=stage.network,
        )
    with stage.cloud.refused("InvalidParameterException", "ClientException"):
        stage.cloud.ecs.register_task_definition(**stage.definition(SLEEPER, family=name))
    with stage.cloud.refused("InvalidParameterException", "ClientException"):
        stage.cloud.ecs.create_cluster(clusterName=name)


@fact("1.11/validation")
def test_overrides_name_containers_that_there_are(stage: Stage) -> None:
    with stage.cloud.refused("InvalidParameterException") as error:
        stage.cloud.ecs.run_task(
            cluster=stage.cluster,
            taskDefinition=stage.register(SLEEPER),
            launchType="FARGATE",
            networkConfiguration=stage.network,
            overrides={"containerOverrides": [{"name": "none"}]},
        )
    assert error["message"] == "Override for container named none is not a container in the TaskDefinition."


@fact("1.11/validation")
def test_a_task_that_is_not_there_cannot_be_stopped(stage: Stage) -> None:
    with stage.cloud.refused("InvalidParameterException") as error:
        stage.cloud.ecs.stop_task(cluster=stage.cluster, task="0" * 32)
    assert error["message"] == "The referenced task was not found."


@fact("1.11/pages")
def test_lists_come_in_pages(stage: Stage) -> None:
    ecs, family = stage.cloud.ecs, stage.cloud.new_name("paged")
    made = [stage.register(SLEEPER, family=family) for _ in range(3)]
    pages = [
        page["taskDefinitionArns"]
        for page in ecs.get_paginator("list_task_definitions").paginate(
            familyPrefix=family, sort="DESC", PaginationConfig={"PageSize": 2}
        )
    ]
    assert pages == [[made[2], made[1]], [made[0]]]
    with stage.cloud.refused("InvalidParameterException"):
        ecs.list_task_definitions(familyPrefix=family, nextToken="wrong")
    for size in (0, 101):
        with stage.cloud.refused("InvalidParameterException", "ClientException"):
            ecs.list_task_definitions(familyPrefix=family, maxResults=size)


@fact("1.11/pages")
def test_services_come_in_pages_of_ten(stage: Stage, idle: str) -> None:
    ecs = stage.cloud.ecs
    definition = stage.register(SLEEPER)
    names = [stage.create_service(definition, 0) for _ in range(11)]
    first = ecs.list_services(cluster=stage.cluster)
    assert len(first["serviceArns"]) == 10
    listed = [
        arn.rsplit("/", 1)[1]
        for page in ecs.get_paginator("list_services").paginate(cluster=stage.cluster)
        for arn in page["serviceArns"]
    ]
    assert set(names) | {idle} <= set(listed)
    for name in names:
        ecs.delete_service(cluster=stage.cluster, service=name)


@fact("1.11/tags")
def test_tags_come_when_asked_for(stage: Stage) -> None:
    ecs = stage.cloud.ecs
    with stage.service(stage.register(SLEEPER), 0, tags=[{"key": "colour", "value": "blue"}]) as name:
        assert not stage.describe(name).get("tags")

        def tags() -> list[Wire]:
            described = ecs.describe_services(cluster=stage.cluster, services=[name], include=["TAGS"])
            return list(described["services"][0]["tags"])

        assert tags() == [{"key": "colour", "value": "blue"}]
        arn = stage.describe(name)["serviceArn"]
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "size", "value": "small"}])
        ecs.untag_resource(resourceArn=arn, tagKeys=["colour"])
        assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == tags() == [{"key": "size", "value": "small"}]


@fact("1.4/services-stable", "1.4/zero-is-stable")
def test_a_service_without_tasks_is_stable(stage: Stage, idle: str) -> None:
    stage.cloud.ecs.get_waiter("services_stable").wait(
        cluster=stage.cluster, services=[idle], WaiterConfig=stage.cloud.waiter_delay(15)
    )


@fact("1.4/services-stable-missing")
def test_a_service_that_is_missing_or_inactive_is_not_waited_for(stage: Stage) -> None:
    waiter, delay = stage.cloud.ecs.get_waiter("services_stable"), stage.cloud.waiter_delay(15)
    with pytest.raises(WaiterError, match="MISSING"):
        waiter.wait(cluster=stage.cluster, services=["none"], WaiterConfig=delay)
    with stage.service(stage.register(SLEEPER), 0) as name:
        pass
    with pytest.raises(WaiterError, match=r"DRAINING|INACTIVE"):
        waiter.wait(cluster=stage.cluster, services=[name], WaiterConfig=delay)


# --- task definitions ---


def refuses(stage: Stage, container: Wire | list[Wire], **settings: Any) -> Wire:
    """The definition is refused; -> the error."""
    containers = container if isinstance(container, list) else [container]
    with stage.cloud.refused("ClientException", "InvalidParameterException") as error:
        made = stage.cloud.ecs.register_task_definition(**stage.definition(*containers, **settings))
        stage.cloud.ecs.deregister_task_definition(taskDefinition=made["taskDefinition"]["taskDefinitionArn"])
    return error


GIB = 1024


@fact("1.10/pairs")
@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        *((256, 512), (256, 2048), (512, 4 * GIB), (1024, 2 * GIB), (2048, 16 * GIB), (4096, 30 * GIB)),
        *((8192, 60 * GIB), (16384, 32 * GIB), (16384, 120 * GIB)),
    ],
)
def test_pairs_that_fargate_has(stage: Stage, cpu: int, memory: int) -> None:
    stage.register(SLEEPER, cpu=str(cpu), memory=str(memory))


@fact("1.10/pairs")
@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        (256, 3 * GIB),
        (256, 1536),
        (512, 512),
        (1024, 9 * GIB),
        (8192, 17 * GIB),
        (16384, 36 * GIB),
        (128, 512),
        (300, 512),
    ],
)
def test_pairs_that_fargate_has_not(stage: Stage, cpu: int, memory: int) -> None:
    error = refuses(stage, SLEEPER, cpu=str(cpu), memory=str(memory))
    assert "No Fargate configuration exists for given values" in error["message"]


@fact("1.10/pairs")
def test_cpu_and_memory_are_needed_and_may_have_units(stage: Stage) -> None:
    for missing in ("cpu", "memory"):
        definition = stage.definition(SLEEPER)
        del definition[missing]
        with stage.cloud.refused("ClientException"):
            stage.cloud.ecs.register_task_definition(**definition)
    arn = stage.register(SLEEPER, cpu="1 vCPU", memory="2 GB")
    described = stage.cloud.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert (described["cpu"], described["memory"]) == ("1024", "2048")


@fact("1.10/awsvpc")
def test_fargate_takes_awsvpc_with_equal_ports_only(stage: Stage) -> None:
    refuses(stage, SLEEPER, networkMode="bridge")
    refuses(stage, {**SLEEPER, "portMappings": [{"containerPort": 8000, "hostPort": 80}]})
    arn = stage.register({**SLEEPER, "portMappings": [{"containerPort": 8000}]})
    [container] = stage.cloud.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    assert container["portMappings"] == [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}]


@fact("1.10/unsupported", "1.10/capabilities")
@pytest.mark.parametrize(
    "setting",
    [
        {"privileged": True},
        {"links": ["other"]},
        {"linuxParameters": {"sharedMemorySize": 64}},
        {"linuxParameters": {"devices": [{"hostPath": "/dev/null"}]}},
        {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}},
        {"resourceRequirements": [{"type": "GPU", "value": "1"}]},
    ],
    ids=str,
)
def test_what_fargate_has_not(stage: Stage, setting: Wire) -> None:
    refuses(stage, SLEEPER | setting)


@fact("1.10/unsupported", "1.10/capabilities")
def test_placement_constraints_are_refused_and_ptrace_is_not(stage: Stage) -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    refuses(stage, SLEEPER, placementConstraints=[constraint])
    stage.register(SLEEPER | {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}}})


@fact("1.10/log-drivers")
@pytest.mark.parametrize("missing", ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"])
def test_awslogs_needs_group_region_and_prefix(stage: Stage, missing: str) -> None:
    options = {"awslogs-group": "g", "awslogs-region": stage.cloud.settings.region, "awslogs-stream-prefix": "p"}
    del options[missing]
    refuses(stage, SLEEPER | {"logConfiguration": {"logDriver": "awslogs", "options": options}})


@fact("1.10/log-drivers")
def test_other_log_drivers_are_refused(stage: Stage) -> None:
    for driver in ("json-file", "syslog"):
        refuses(stage, SLEEPER | {"logConfiguration": {"logDriver": driver}})


@fact("1.10/storage")
def test_ephemeral_storage(stage: Stage) -> None:
    for size in (20, 201):
        refuses(stage, SLEEPER, ephemeralStorage={"sizeInGiB": size})
    arn = stage.register(SLEEPER, ephemeralStorage={"sizeInGiB": 21})
    described = stage.cloud.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert described["ephemeralStorage"] == {"sizeInGiB": 21}


@fact("1.10/essential-needed")
def test_containers_need_a_name_of_their_own_an_image_and_one_to_be_essential(stage: Stage) -> None:
    assert refuses(stage, [])["message"] == "Container list cannot be empty."
    refuses(stage, SLEEPER | {"essential": False})
    refuses(stage, [SLEEPER | {"name": "same"}, SLEEPER | {"name": "same"}])
    assert refuses(stage, SLEEPER | {"image": ""})["message"] == "Container.image should not be null or empty."
    assert refuses(stage, SLEEPER | {"name": ""})["message"] == "Container.name should not be null or empty."


@fact("1.10/timeouts", "1.10/restart-policy", "1.6/ranges", "1.5/depends-on-essential")
@pytest.mark.parametrize(
    "setting",
    [
        {"stopTimeout": 1},
        {"stopTimeout": 121},
        {"startTimeout": 1},
        {"startTimeout": 121},
        {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}},
        {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 1801}},
        {"restartPolicy": {"enabled": True, "ignoredExitCodes": list(range(51))}},
        {"healthCheck": {"command": ["CMD", "true"], "interval": 4}},
        {"healthCheck": {"command": ["CMD", "true"], "interval": 301}},
        {"healthCheck": {"command": ["CMD", "true"], "timeout": 1}},
        {"healthCheck": {"command": ["CMD", "true"], "timeout": 61}},
        {"healthCheck": {"command": ["CMD", "true"], "retries": 0}},
        {"healthCheck": {"command": ["CMD", "true"], "retries": 11}},
        {"healthCheck": {"command": ["CMD", "true"], "startPeriod": 301}},
        {"healthCheck": {"command": []}},
        {"healthCheck": {"command": ["true"]}},
        {"dependsOn": [{"containerName": "none", "condition": "START"}]},
        {"dependsOn": [{"containerName": "app", "condition": "START"}]},
        {"memory": 1024},
        {"cpu": 512},
    ],
    ids=str,
)
def test_values_out_of_range_are_refused(stage: Stage, setting: Wire) -> None:
    refuses(stage, SLEEPER | setting)


@fact("1.5/depends-on-essential")
@pytest.mark.parametrize("condition", ["COMPLETE", "SUCCESS"])
def test_an_essential_container_is_not_waited_for_to_end(stage: Stage, condition: str) -> None:
    waits = {"dependsOn": [{"containerName": "app1", "condition": condition}]}
    refuses(stage, [SLEEPER | waits, SLEEPER])


@fact("1.6/defaults")
def test_the_defaults_of_a_health_check(stage: Stage) -> None:
    arn = stage.register(SLEEPER | {"healthCheck": {"command": ["CMD-SHELL", "true"]}})
    [container] = stage.cloud.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    check = container["healthCheck"]
    assert (check["interval"], check["timeout"], check["retries"]) == (30, 5, 3)


@fact("1.10/revisions")
def test_revisions_count_up_and_an_inactive_one_starts_nothing(stage: Stage) -> None:
    ecs, family = stage.cloud.ecs, stage.cloud.new_name("counted")
    first, second = stage.register(SLEEPER, family=family), stage.register(SLEEPER, family=family)
    assert [arn.rsplit(":", 1)[1] for arn in (first, second)] == ["1", "2"]
    latest = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    assert latest["taskDefinitionArn"] == second
    refused = ecs.delete_task_definitions(taskDefinitions=[second])
    assert [failure["arn"] for failure in refused["failures"]] == [second]
    assert ecs.deregister_task_definition(taskDefinition=second)["taskDefinition"]["status"] == "INACTIVE"
    assert ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]["status"] == "INACTIVE"
    assert ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["taskDefinitionArn"] == first
    with stage.cloud.refused("InvalidParameterException", "ClientException") as error:
        stage.run(second)
    assert "inactive" in error["message"].lower()
    assert ecs.delete_task_definitions(taskDefinitions=[second])["taskDefinitions"][0]["status"] == "DELETE_IN_PROGRESS"
    third = stage.register(SLEEPER, family=family)
    assert third.endswith(":3")


@fact("1.10/secret-parts")
def test_a_secret_is_read_by_its_parts(stage: Stage) -> None:
    secrets = stage.cloud.client("secretsmanager")
    made = secrets.create_secret(Name=stage.cloud.new_name("secret"), SecretString='{"user": "ana", "port": 5432}')
    arn = made["ARN"]
    stage.cloud.at_the_end(secrets.delete_secret, SecretId=arn, ForceDeleteWithoutRecovery=True)
    parts = {
        "WHO": f"{arn}:user::",
        "PORT": f"{arn}:port:AWSCURRENT:",
        "VERSION": f"{arn}:user::{made['VersionId']}",
        "ALL": arn,
    }
    script = 'test "$WHO-$PORT-$VERSION-$ALL" = \'ana-5432-ana-{"user": "ana", "port": 5432}\' && exit 42'
    container = {"command": ["sh", "-c", script]}
    wanted = [{"name": name, "valueFrom": value} for name, value in parts.items()]
    good = stage.run(stage.register(container | {"secrets": wanted}))
    bad = stage.run(stage.register(container | {"secrets": [{"name": "A", "valueFrom": f"{arn}:none::"}]}))
    both = f"{arn}:user:AWSCURRENT:{made['VersionId']}"
    wrong = stage.run(stage.register(container | {"secrets": [{"name": "A", "valueFrom": both}]}))
    assert stage.until_task(good, "STOPPED")["containers"][0]["exitCode"] == 42
    for task in (bad, wrong):
        assert stage.until_task(task, "STOPPED")["stopCode"] == "TaskFailedToStart"
