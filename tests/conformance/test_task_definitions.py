"""Task definitions: what Fargate accepts and refuses, revisions, secrets."""

from typing import Any

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.stage import SLEEPER, Stage

fact = pytest.mark.fact


def refuses(stage: Stage, container: Wire | list[Wire], **settings: Any) -> Wire:
    """Assert that the definition is refused; -> the error."""
    containers = container if isinstance(container, list) else [container]
    with stage.cloud.refused("ClientException", "InvalidParameterException") as error:
        created = stage.cloud.ecs.register_task_definition(**stage.definition(*containers, **settings))
        stage.cloud.ecs.deregister_task_definition(taskDefinition=created["taskDefinition"]["taskDefinitionArn"])
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
        {"disableNetworking": True},
        {"dnsServers": ["10.0.0.2"]},
        {"dnsSearchDomains": ["example.com"]},
        {"dockerSecurityOptions": ["no-new-privileges"]},
        {"extraHosts": [{"hostname": "a", "ipAddress": "10.0.0.2"}]},
        {"hostname": "a"},
        {"linuxParameters": {"maxSwap": 0}},
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
    created = secrets.create_secret(Name=stage.cloud.new_name("secret"), SecretString='{"user": "ana", "port": 5432}')
    arn = created["ARN"]
    stage.cloud.at_the_end(secrets.delete_secret, SecretId=arn, ForceDeleteWithoutRecovery=True)
    parts = {
        "WHO": f"{arn}:user::",
        "PORT": f"{arn}:port:AWSCURRENT:",
        "VERSION": f"{arn}:user::{created['VersionId']}",
        "ALL": arn,
    }
    script = 'test "$WHO-$PORT-$VERSION-$ALL" = \'ana-5432-ana-{"user": "ana", "port": 5432}\' && exit 42'
    container = {"command": ["sh", "-c", script]}
    wanted = [{"name": name, "valueFrom": value} for name, value in parts.items()]
    good = stage.run(stage.register(container | {"secrets": wanted}))
    bad = stage.run(stage.register(container | {"secrets": [{"name": "A", "valueFrom": f"{arn}:none::"}]}))
    both = f"{arn}:user:AWSCURRENT:{created['VersionId']}"
    wrong = stage.run(stage.register(container | {"secrets": [{"name": "A", "valueFrom": both}]}))
    assert stage.until_task(good, "STOPPED")["containers"][0]["exitCode"] == 42
    for task in (bad, wrong):
        assert stage.until_task(task, "STOPPED")["stopCode"] == "TaskFailedToStart"


@fact("1.10/execution-role")
def test_fargate_needs_a_role_before_the_container_runs(stage: Stage) -> None:
    secret = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-abcdef"}
    for container in (
        {"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/conformance:none"},
        {},
        {"secrets": [secret]},
    ):
        definition = stage.definition({**SLEEPER, **container})
        del definition["executionRoleArn"]
        with stage.cloud.refused("ClientException") as error:
            stage.cloud.ecs.register_task_definition(**definition)
        assert "execution" in error["message"]


@fact("1.10/unique-secrets", "1.10/volumes")
def test_names_in_a_container_fit_together(stage: Stage) -> None:
    secret = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-abcdef"}
    both = {**SLEEPER, "environment": [{"name": "A", "value": "x"}], "secrets": [secret]}
    assert "The secret name must be unique" in refuses(stage, both)["message"]
    mount = {**SLEEPER, "mountPoints": [{"sourceVolume": "none", "containerPath": "/none"}]}
    assert "Unknown volume 'none'." in refuses(stage, mount)["message"]
