"""Services: what starts a deployment, what happens during one, replacement, deletion."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.conformance.stage import SLEEPER, Stage, server, sh

fact = pytest.mark.fact


@fact("1.1/stuck")
def test_percentages_that_allow_nothing_are_reported(stage: Stage) -> None:
    limits = {"minimumHealthyPercent": 100, "maximumPercent": 125}
    definition = stage.register(SLEEPER)
    with stage.service(definition, 3, deploymentConfiguration=limits) as name:
        stage.until_steady(name)
        stage.update(name, forceNewDeployment=True)
        words = (
            f"(service {name}) was unable to stop or start tasks during a deployment because of the service deployment "
            "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
        )
        stage.cloud.until(lambda: words in stage.messages(name), "the event")
        assert stage.describe(name)["runningCount"] == 3
        assert not stage.tasks_of(name, "STOPPED")


@fact("1.1/starts-deployment", "1.1/no-deployment", "1.1/defaults")
def test_what_starts_a_deployment_and_what_does_not(stage: Stage) -> None:
    first, second = stage.register(SLEEPER, family="starts"), stage.register(SLEEPER, family="starts")
    with stage.service(first, 0) as name:
        service = stage.describe(name)
        configuration = service["deploymentConfiguration"]
        assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (100, 200)
        assert service["availabilityZoneRebalancing"] == "ENABLED"
        identity = service["deployments"][0]["id"]
        for settings in (
            {"desiredCount": 0},
            {"deploymentConfiguration": {"maximumPercent": 150}},
            {"enableExecuteCommand": True},
            {"taskDefinition": first},
        ):
            assert stage.update(name, **settings)["deployments"][0]["id"] == identity, settings
        assert stage.update(name, taskDefinition=second)["deployments"][0]["id"] != identity
        stage.until_steady(name)
        identity = stage.describe(name)["deployments"][0]["id"]
        assert stage.update(name, forceNewDeployment=True)["deployments"][0]["id"] != identity


@fact("1.2/superseded")
def test_a_second_deployment_takes_the_place_of_the_first(stage: Stage) -> None:
    first, second, third = (stage.register(sh("sleep 3600"), family="thrice") for _ in range(3))
    with stage.service(first) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=second)
        skipped = stage.newest(name)["serviceDeploymentArn"]
        stage.update(name, taskDefinition=third)
        assert stage.until_steady(name)["taskDefinition"] == third
        described = stage.cloud.ecs.describe_service_deployments(serviceDeploymentArns=[skipped])
        assert described["serviceDeployments"][0]["status"] == "STOPPED"
        assert {task["taskDefinitionArn"] for task in stage.tasks_of(name)} == {third}


@fact("1.1/replacement-first", "1.1/same-revision", "1.3/unhealthy", "1.5/elb-reason")
def test_an_unhealthy_task_is_replaced_by_its_like_before_it_stops(stage: Stage) -> None:
    group = stage.group()
    door = stage.door_to(group)
    definition = stage.register(server("same"))
    with stage.service(definition, **stage.behind(group, healthCheckGracePeriodSeconds=60)) as name:
        stage.until_steady(name)
        [sick] = stage.tasks_of(name)
        assert door.ask("/health?503").status == 200
        gone = stage.until_task(sick["taskArn"], "STOPPED")
        assert gone["stopCode"] == "ServiceSchedulerInitiated"
        assert gone["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"
        stage.until_steady(name)
        [fresh] = stage.tasks_of(name)
        assert fresh["taskDefinitionArn"] == definition
        assert fresh["startedAt"] < gone["stoppingAt"], "the replacement ran before"
        whose = f"(service {name}) (task {sick['taskArn'].rsplit('/', 1)[1]}) (port 8000)"
        message = f"{whose} is unhealthy in (target-group {group})"
        assert f"{message} due to (reason Health checks failed with these codes: [503])" in stage.messages(name)


@fact("1.2/delete", "1.2/name-taken", "1.4/services-inactive", "1.11/inactive")
def test_a_deleted_service_drains_and_its_name_can_be_used_again(stage: Stage) -> None:
    ecs = stage.cloud.ecs
    definition = stage.register(sh("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done", stopTimeout=120))
    name = stage.create_service(definition)
    stage.until_steady(name)
    with stage.cloud.refused("InvalidParameterException"):
        ecs.delete_service(cluster=stage.cluster, service=name)
    again = {
        "cluster": stage.cluster,
        "serviceName": name,
        "taskDefinition": definition,
        "desiredCount": 0,
        "launchType": "FARGATE",
        "networkConfiguration": stage.network,
    }
    with stage.cloud.refused("InvalidParameterException"):
        ecs.create_service(**again)
    deleted = ecs.delete_service(cluster=stage.cluster, service=name, force=True)["service"]
    assert deleted["status"] == "DRAINING"
    with stage.cloud.refused("InvalidParameterException"):
        ecs.create_service(**again)
    ecs.get_waiter("services_inactive").wait(
        cluster=stage.cluster, services=[name], WaiterConfig=stage.cloud.waiter_delay(15)
    )
    assert stage.describe(name)["status"] == "INACTIVE"
    with stage.cloud.refused("ServiceNotActiveException"):
        stage.update(name, desiredCount=1)
    listed = [
        arn
        for page in ecs.get_paginator("list_services").paginate(cluster=stage.cluster)
        for arn in page["serviceArns"]
    ]
    assert not any(arn.endswith(f"/{name}") for arn in listed)
    assert ecs.create_service(**again)["service"]["status"] == "ACTIVE"
    ecs.delete_service(cluster=stage.cluster, service=name)


@fact("1.1/throttle", "1.3/inconsistent")
def test_starts_that_fail_are_throttled_and_reported(stage: Stage) -> None:
    definition = stage.register({**SLEEPER, "image": stage.cloud.settings.image + "-missing"})
    with stage.service(definition) as name:
        words = f"(service {name}) is unable to consistently start tasks successfully."
        stage.cloud.until(lambda: words in stage.messages(name), "the event", 1800)
        tasks = sorted(stage.tasks_of(name, "STOPPED"), key=lambda task: task["createdAt"])
        gaps = [stage.cloud.aws_seconds(one["stoppedAt"], other["createdAt"]) for one, other in pairwise(tasks)]
        assert gaps == sorted(gaps), gaps
        assert gaps[-1] > 10
        newer = stage.update(name, taskDefinition=stage.register(SLEEPER))
        stage.until_steady(name)
        started = min(task["createdAt"] for task in stage.tasks_of(name))
        assert started - newer["deployments"][0]["createdAt"] < timedelta(seconds=60 / stage.cloud.settings.speed + 10)


@fact("1.1/counts-when-both")
def test_a_healthy_target_is_not_enough_where_the_container_has_a_check(stage: Stage) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 10, "timeout": 5, "startPeriod": 300}
    group = stage.group()
    stage.door_to(group)
    with stage.service(stage.register(server(healthCheck=check)), **stage.behind(group)) as name:
        stage.until_states(group, "healthy")
        [task] = stage.tasks_of(name)
        assert task["healthStatus"] == "UNKNOWN"
        assert stage.describe(name)["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    with stage.service(
        stage.register(server(healthCheck=check | {"command": ["CMD", "true"]})), **stage.behind(group)
    ) as name:
        stage.until_steady(name)
        [task] = stage.tasks_of(name)
        assert (task["healthStatus"], task["lastStatus"]) == ("HEALTHY", "RUNNING")


@fact("1.2/scaled-midway")
def test_a_desired_count_changed_midway_holds_for_the_deployment(stage: Stage) -> None:
    first, second = (stage.register(SLEEPER, family="midway") for _ in range(2))
    with stage.service(first) as name:
        stage.until_steady(name)
        identity = stage.update(name, taskDefinition=second)["deployments"][0]["id"]
        scaled = stage.update(name, desiredCount=3)
        assert scaled["deployments"][0]["id"] == identity
        ended = stage.until_steady(name)
        assert (ended["deployments"][0]["id"], ended["runningCount"]) == (identity, 3)
        assert {task["taskDefinitionArn"] for task in stage.tasks_of(name)} == {second}


@fact("1.2/deleted-midway")
def test_a_service_can_be_deleted_midway(stage: Stage) -> None:
    first, second = (stage.register(SLEEPER, family="deleted") for _ in range(2))
    with stage.service(first) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=second)
    stage.cloud.until(lambda: stage.describe(name)["status"] == "INACTIVE", "INACTIVE")
    assert stage.tasks_of(name) == []
    assert stage.describe(name)["runningCount"] == 0


@fact("1.2/history", "1.9/stop")
def test_a_rolling_deployment_is_stopped_and_listed_by_its_status(stage: Stage) -> None:
    ecs = stage.cloud.ecs
    first, second = (stage.register(SLEEPER, family="halted") for _ in range(2))
    with stage.service(first) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=second)
        arn = stage.newest(name)["serviceDeploymentArn"]
        ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        ended = stage.until_deployment(name, "ROLLBACK_SUCCESSFUL")
        assert ended["serviceDeploymentArn"] == arn
        assert stage.until_steady(name)["taskDefinition"] == first

        def listed(*statuses: str) -> list[str]:
            answer = ecs.list_service_deployments(cluster=stage.cluster, service=name, status=list(statuses))
            return [brief["serviceDeploymentArn"] for brief in answer["serviceDeployments"]]

        assert listed("ROLLBACK_SUCCESSFUL") == [arn]
        assert len(listed("SUCCESSFUL")) == 1
        assert listed("ROLLBACK_SUCCESSFUL", "SUCCESSFUL")[0] == arn, "the newest first"
        with stage.cloud.refused("ConflictException"):
            ecs.stop_service_deployment(serviceDeploymentArn=arn)


@fact("1.1/floor-0")
def test_minimum_0_and_maximum_100_stop_the_old_task_first(stage: Stage) -> None:
    limits = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    first, second = (stage.register(SLEEPER, family="in-place") for _ in range(2))
    with stage.service(first, deploymentConfiguration=limits) as name:
        stage.until_steady(name)
        [old] = stage.tasks_of(name)
        stage.update(name, taskDefinition=second)
        stage.until_steady(name)
        [new] = stage.tasks_of(name)
        assert stage.until_task(old["taskArn"], "STOPPED")["stoppingAt"] <= new["createdAt"]


@fact("1.1/spread")
def test_tasks_are_spread_over_the_zones_of_their_subnets(stage: Stage) -> None:
    subnets = stage.cloud.client("ec2").describe_subnets(SubnetIds=stage.cloud.settings.subnets)["Subnets"]
    zones = sorted(subnet["AvailabilityZone"] for subnet in subnets)
    definition = stage.register(SLEEPER)
    with stage.service(definition) as name:
        stage.until_steady(name)
        stage.run(definition)  # A task of another case does not count.
        stage.update(name, desiredCount=2 * len(zones))
        stage.until_steady(name)
        assert sorted(task["availabilityZone"] for task in stage.tasks_of(name)) == sorted(2 * zones)
        stage.update(name, desiredCount=len(zones))
        stage.until_steady(name)
        assert sorted(task["availabilityZone"] for task in stage.tasks_of(name)) == zones
