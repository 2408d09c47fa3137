"""Requests to ECS: what is refused and with which error; pages, tags, limits."""

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


@fact("1.11/same-service")
def test_a_service_that_is_requested_again_is_the_same(stage: Stage) -> None:
    parameters: Wire = {
        "cluster": stage.cluster,
        "serviceName": stage.cloud.new_name("again"),
        "taskDefinition": stage.register(SLEEPER),
        "desiredCount": 0,
        "launchType": "FARGATE",
        "networkConfiguration": stage.network,
    }
    created = stage.cloud.ecs.create_service(**parameters)["service"]
    again = stage.cloud.ecs.create_service(**parameters)["service"]
    assert (again["serviceArn"], again["createdAt"]) == (created["serviceArn"], created["createdAt"])
    stage.cloud.ecs.delete_service(cluster=stage.cluster, service=created["serviceName"])


@fact("1.11/other-region")
def test_an_arn_of_another_region_is_not_what_has_its_name_here(stage: Stage, idle: str) -> None:
    ecs, cluster = stage.cloud.ecs, stage.cluster
    service = stage.describe(idle)
    region = service["serviceArn"].split(":")[3]

    def moved(arn: str) -> str:
        return arn.replace(f":{region}:", ":eu-west-1:" if region != "eu-west-1" else ":us-east-1:")

    for call, parameters in (
        (ecs.describe_services, {"cluster": cluster, "services": [moved(service["serviceArn"])]}),
        (ecs.list_services, {"cluster": moved(service["clusterArn"])}),
        (ecs.describe_task_definition, {"taskDefinition": moved(service["taskDefinition"])}),
    ):
        with stage.cloud.refused("InvalidParameterException") as error:
            call(**parameters)
        assert error["message"] == "Invalid Region in ARN"


@fact("1.11/other-cluster", "1.11/task-id")
def test_an_arn_of_another_cluster_is_not_what_has_its_name_here(stage: Stage, idle: str) -> None:
    ecs, cluster = stage.cloud.ecs, stage.cluster
    arn = stage.describe(idle)["serviceArn"]
    elsewhere = arn.replace(f"/{cluster}/", "/elsewhere/")
    words = f"Identifier is for cluster elsewhere. Your cluster is {cluster}"
    for call, parameters in (
        (ecs.delete_service, {"service": elsewhere}),
        (ecs.update_service, {"service": elsewhere, "desiredCount": 1}),
        (ecs.stop_task, {"task": elsewhere.replace(":service/", ":task/").replace(idle, "0" * 32)}),
    ):
        with stage.cloud.refused("InvalidParameterException") as error:
            call(cluster=cluster, **parameters)
        assert error["message"] == words
    with stage.cloud.refused("InvalidParameterException") as error:
        ecs.stop_task(cluster=cluster, task="short")
    assert error["message"] == "taskId length should be one of [32,36]"


@fact("1.11/to-use", "1.11/one-capacity")
def test_what_cannot_be_run_is_refused(stage: Stage, idle: str) -> None:
    ecs = stage.cloud.ecs
    run = {"cluster": stage.cluster, "networkConfiguration": stage.network}
    for call, parameters in ((ecs.run_task, run), (ecs.update_service, {"cluster": stage.cluster, "service": idle})):
        with stage.cloud.refused("ClientException") as error:
            call(taskDefinition="conformance-none", **parameters)
        assert error["message"] == "TaskDefinition not found."
    with stage.cloud.refused("InvalidParameterException") as error:
        ecs.run_task(
            taskDefinition=stage.register(SLEEPER),
            launchType="FARGATE",
            capacityProviderStrategy=[{"capacityProvider": "FARGATE"}],
            **run,
        )
    assert "Specifying both a launch type and capacity provider strategy is not supported." in error["message"]


@fact("1.11/cluster-include")
def test_a_cluster_shows_what_is_requested(stage: Stage, idle: str) -> None:
    def described(*include: str) -> Wire:
        [cluster] = stage.cloud.ecs.describe_clusters(clusters=[stage.cluster], include=list(include))["clusters"]
        return dict(cluster)

    assert (described()["settings"], described()["statistics"]) == ([], [])
    assert "containerInsights" in [setting["name"] for setting in described("SETTINGS")["settings"]]
    statistics = {entry["name"]: entry["value"] for entry in described("STATISTICS")["statistics"]}
    assert int(statistics["activeFargateServiceCount"]) >= 1


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
def test_a_service_registers_an_existing_port(stage: Stage, container: str, port: int) -> None:
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
def test_a_task_that_is_missing_cannot_be_stopped(stage: Stage) -> None:
    with stage.cloud.refused("InvalidParameterException") as error:
        stage.cloud.ecs.stop_task(cluster=stage.cluster, task="0" * 32)
    assert error["message"] == "The referenced task was not found."


@fact("1.11/pages")
def test_lists_come_in_pages(stage: Stage) -> None:
    ecs, family = stage.cloud.ecs, stage.cloud.new_name("paged")
    created = [stage.register(SLEEPER, family=family) for _ in range(3)]
    pages = [
        page["taskDefinitionArns"]
        for page in ecs.get_paginator("list_task_definitions").paginate(
            familyPrefix=family, sort="DESC", PaginationConfig={"PageSize": 2}
        )
    ]
    assert pages == [[created[2], created[1]], [created[0]]]
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
def test_tags_come_on_request(stage: Stage) -> None:
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
