"""Native blue/green through the plain API: the weights really shift in the load balancer."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.integration.localcloud.ecs.balanced import Balanced
from tests.integration.localcloud.ecs.daemon import Shell, until


@pytest.fixture(scope="module")
def balanced(shell: Shell) -> Iterator[Balanced]:
    created = Balanced(shell)
    created.create_service()
    yield created
    shell.ecs.delete_service(cluster="c", service="bg", force=True)


def test_a_task_and_its_target_are_in_the_zone_of_the_subnet(balanced: Balanced) -> None:
    ecs = balanced.shell.ecs
    arns = ecs.list_tasks(cluster="c", serviceName="bg")["taskArns"]
    tasks = {}
    for task in ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]:
        details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
        assert task["availabilityZone"] == balanced.zones[details["subnetId"]]
        tasks[details["privateIPv4Address"]] = task["availabilityZone"]
    assert sorted(tasks.values()) == ["us-west-1a", "us-west-1b"], "one in each"
    described = balanced.elb.describe_target_health(TargetGroupArn=balanced.groups[0])["TargetHealthDescriptions"]
    assert {each["Target"]["Id"]: each["Target"]["AvailabilityZone"] for each in described} == tasks


def test_a_pause_shows_green_to_testers_only_and_approval_gives_it_the_traffic(balanced: Balanced) -> None:
    ecs = balanced.shell.ecs
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("green"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[pause]),
    )
    paused = until(lambda: (h := balanced.history()).get("lifecycleHookDetails") and h, "the pause", 60)
    assert paused["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert {balanced.colour(balanced.production) for _ in range(20)} == {"blue"}
    assert {balanced.colour(balanced.test) for _ in range(20)} == {"green"}
    [hook] = paused["lifecycleHookDetails"]
    assert (hook["status"], hook["targetType"]) == ("AWAITING_ACTION", "PAUSE")
    ecs.continue_service_deployment(serviceDeploymentArn=paused["serviceDeploymentArn"], hookId=hook["hookId"])
    until(lambda: balanced.colour(balanced.production) == "green", "green in production")
    assert {balanced.colour(balanced.production) for _ in range(20)} == {"green"}
    done = balanced.until_status("SUCCESSFUL")
    assert done["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100
    revisions = ecs.describe_service_revisions(serviceRevisionArns=[done["targetServiceRevision"]["arn"]])
    assert revisions["serviceRevisions"][0]["taskDefinition"].endswith("coloured:2")
    assert balanced.shell.until_steady("bg")["taskDefinition"].endswith("coloured:2")


def test_a_broken_green_is_rolled_back_and_production_never_sees_it(balanced: Balanced) -> None:
    before = balanced.colour(balanced.production)
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("broken"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[]),
    )
    seen = set()
    while balanced.history()["status"] in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        seen.add(balanced.colour(balanced.production))
    assert seen == {before}
    failed = balanced.history()
    assert failed["status"] == "ROLLBACK_SUCCESSFUL"
    assert failed["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert failed["rollback"]["serviceRevisionArn"] == failed["sourceServiceRevisions"][0]["arn"]


def test_a_user_can_stop_a_deployment_while_it_bakes(balanced: Balanced) -> None:
    before = balanced.colour(balanced.production)
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("unwanted"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[], bakeTimeInMinutes=1000),
    )
    until(lambda: balanced.colour(balanced.production) == "unwanted", "it to serve", 60)
    arn = balanced.history()["serviceDeploymentArn"]
    begun = time.monotonic()
    balanced.shell.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    until(lambda: balanced.colour(balanced.production) == before, "the old to serve")
    assert time.monotonic() - begun < 60, "at once, not after the bake time"
    assert balanced.until_status("ROLLBACK_SUCCESSFUL")["statusReason"].endswith("stopped by user.")


def test_a_lambda_hook_is_a_program_of_the_data_directory(balanced: Balanced) -> None:
    directory = balanced.shell.daemon.directory / "lambda"
    directory.mkdir(exist_ok=True)
    program = directory / "refuse"
    program.write_text('#!/bin/sh\ncat > "$0.event"\necho \'{"hookStatus": "FAILED"}\'\n')
    program.chmod(0o755)
    hook = {
        "hookTargetArn": "arn:aws:lambda:us-west-1:123456789012:function:refuse",
        "roleArn": "arn:aws:iam::123456789012:role/ecs",
        "lifecycleStages": ["PRE_SCALE_UP"],
    }
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("refused"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[hook]),
    )
    failed = balanced.until_status("ROLLBACK_SUCCESSFUL")
    assert "failed at stage PRE_SCALE_UP" in failed["statusReason"]
    event = json.loads((directory / "refuse.event").read_text())
    assert event["resourceArn"] == failed["serviceDeploymentArn"]
    assert event["lifecycleStage"] == "PRE_SCALE_UP"
