"""The tree of checks, its exit status, and a deploy that ends before it registers anything."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import DeployRefused, Misuse
from ops.verifying import verify
from ops.verifying.check import Check, Group, State
from ops.verifying.verify import Options, Verification
from tests.unit.ops.scripted_cluster import NEW_IMAGE, Cluster, run

SECRETS = Group("secrets")
OK = SECRETS.ok("A", "there")
WARN = SECRETS.warn("B", "odd", wanted="even")
FAIL = SECRETS.fail("C", "gone", wanted="there", fix="make it")
UNKNOWN = SECRETS.unknown("D", "refused")


@pytest.mark.parametrize(("checks", "status"), [([OK, WARN, UNKNOWN], 0), ([OK, FAIL], 1), ([], 0)])
def test_only_a_failure_makes_the_exit_status_1(checks: list[Check], status: int) -> None:
    assert Verification(environment="prod", checks=checks).exit_code == status


def test_the_tree_says_what_was_found_what_is_wanted_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    found = Verification(environment="prod", checks=[OK, FAIL, UNKNOWN])
    found.show(Console())
    assert capsys.readouterr().out.splitlines() == [
        "secrets",
        "  OK      A: there",
        "  FAIL    C: gone",
        "          wanted: there",
        "          fix: make it",
        "  UNKNOWN D: refused",
        "prod: 1 OK, 1 FAIL, 1 UNKNOWN",
    ]
    assert found.as_json()["counts"] == {"OK": 1, "WARN": 0, "FAIL": 1, "UNKNOWN": 1}
    json.dumps(found.as_json())


def test_a_deploy_says_warnings_and_ends_at_failures(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.admit([OK, WARN, UNKNOWN], Console()) == (WARN, UNKNOWN)
    said = capsys.readouterr().err
    assert "WARN    B: odd" in said
    assert "UNKNOWN D: refused" in said
    assert "A: there" not in said
    with pytest.raises(DeployRefused, match="C: gone") as refused:
        verify.admit([OK, FAIL, WARN], Console())
    assert refused.value.as_json()["checks"] == [FAIL.as_json(), WARN.as_json()]


def test_a_failed_check_ends_a_deploy_before_it_registers_anything(cluster: Cluster, scripted: Aws) -> None:
    cluster.logs.on("DescribeLogGroups", {"logGroups": []})
    with pytest.raises(DeployRefused, match="/ecs/spendsense-backend: does not exist"):
        run(scripted)
    assert {name for name, _ in cluster.ecs.requests} == {"DescribeServices", "DescribeTaskDefinition"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_not_ok_before_a_deploy_is_part_of_its_result(
    cluster: Cluster, scripted: Aws, *, dry_run: bool
) -> None:
    refused = {"__type": "AccessDeniedException", "message": "not authorized"}
    cluster.logs.on("DescribeLogGroups", refused)
    cluster.after_update = [cluster.complete]
    result = run(scripted, dry_run=dry_run)
    listed = result.as_json()["checks"]
    assert isinstance(listed, list)
    (unread,) = [each for each in listed if each["group"] == "logs"]
    assert (unread["state"], "DescribeLogGroups was refused" in unread["found"]) == ("UNKNOWN", True)
    assert "OK" not in {each["state"] for each in listed}
    assert result.exit_code == 0


def states(found: Verification) -> dict[str, State]:
    return {each.group: each.state for each in found.checks}


def test_the_newest_task_definitions_image_is_verified(cluster: Cluster, scripted: Aws) -> None:
    found = verify.run(scripted, Options(), Console())
    assert states(found)["image"] is State.OK
    assert states(found)["service"] is State.OK
    del cluster.images["v0"]
    assert states(verify.run(scripted, Options(), Console()))["image"] is State.FAIL
    assert states(verify.run(scripted, Options(tag="v1"), Console()))["image"] is State.OK
    assert states(verify.run(scripted, Options(image=NEW_IMAGE), Console()))["image"] is State.OK
    assert states(verify.run(scripted, Options(tag="v9"), Console()))["image"] is State.FAIL


@pytest.mark.parametrize(
    ("part", "operation", "group"),
    [
        ("ecr", "DescribeRepositories", "image"),
        ("ecr", "DescribeImages", "image"),
        ("ssm", "GetParameter", "service"),
        ("ecs", "DescribeTaskDefinition", "service"),
        ("logs", "DescribeLogGroups", "logs"),
    ],
)
def test_a_refused_request_is_unknown_and_the_other_checks_still_run(
    cluster: Cluster, scripted: Aws, part: str, operation: str, group: str
) -> None:
    getattr(cluster, part).on(operation, {"__type": "AccessDeniedException", "message": "not authorized"})
    found = verify.run(scripted, Options(), Console())
    unknown = [
        each for each in found.checks if each.state is State.UNKNOWN and f"{operation} was refused" in each.found
    ]
    assert [each.group for each in unknown] == [group]
    assert (found.exit_code, len(found.checks) > 1) == (0, True)


def test_before_the_first_deploy_no_image_is_known(cluster: Cluster, scripted: Aws) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    assert states(verify.run(scripted, Options(), Console()))["image"] is State.UNKNOWN


def test_a_service_that_takes_no_deploy_fails(cluster: Cluster, scripted: Aws) -> None:
    cluster.deployments[0] |= {"rolloutState": "IN_PROGRESS"}
    found = verify.run(scripted, Options(), Console())
    assert (states(found)["service"], found.exit_code) == (State.FAIL, 1)


@pytest.mark.parametrize("options", [Options(image=NEW_IMAGE, tag="v1"), Options(image="registry/x:latest")])
def test_options_that_contradict_each_other_are_refused(options: Options) -> None:
    with pytest.raises(Misuse):
        verify.check(EnvironmentName.PROD, options)


def test_without_options_nothing_is_built(capsys: pytest.CaptureFixture[str], cluster: Any, scripted: Aws) -> None:
    verify.check(EnvironmentName.PROD, Options())
    verify.run(scripted, Options(), Console())
    assert "build" not in capsys.readouterr().err
    assert cluster.ecr.sent("PutImage") == []
