"""A service's requests say what is wanted, and in an update nothing else."""

from typing import Any

from terraform_provider.resources.ecs import _service_attributes, _service_request

PLANNED: dict[str, Any] = {
    **dict.fromkeys((*_service_request.PLAIN, *_service_request.DEPLOYMENT, "launch_type", "iam_role")),
    **{name: [] for name in _service_request.BLOCKS},
    "deployment_controller": [],
    "deployment_maximum_percent": 200,
    "deployment_minimum_healthy_percent": 100,
    "enable_ecs_managed_tags": False,
    "enable_execute_command": False,
    "health_check_grace_period_seconds": 0,
    "scheduling_strategy": "REPLICA",
    "task_definition": "f:1",
}
FOUND = {
    "serviceArn": "arn:aws:ecs:us-west-1:123456789012:service/c/s",
    "serviceName": "s",
    "clusterArn": "arn:aws:ecs:us-west-1:123456789012:cluster/c",
    "taskDefinition": "arn:aws:ecs:us-west-1:123456789012:task-definition/f:1",
    "desiredCount": 0,
}
STATE: dict[str, Any] = {
    "cluster": None,
    "iam_role": None,
    "task_definition": None,
    "triggers": None,
    "wait_for_steady_state": None,
}


def test_a_creation_leaves_out_what_is_usual() -> None:
    assert _service_request.of_creation(PLANNED) == {
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200},
        "desiredCount": 0,
        "schedulingStrategy": "REPLICA",
        "taskDefinition": "f:1",
    }


def test_an_update_sends_only_what_changed() -> None:
    planned = {**PLANNED, "alarms": [{"alarm_names": ["b", "a"], "enable": True, "rollback": False}]}
    assert _service_request.of_update(planned, frozenset({"alarms", "tags"})) == {
        "deploymentConfiguration": {"alarms": {"alarmNames": ["a", "b"], "enable": True, "rollback": False}}
    }
    assert _service_request.of_update(PLANNED, frozenset({"health_check_grace_period_seconds"})) == {
        "healthCheckGracePeriodSeconds": 0
    }
    assert _service_request.of_update(PLANNED, frozenset({"propagate_tags"})) == {"propagateTags": "NONE"}
    assert _service_request.of_update(PLANNED, frozenset({"load_balancer"})) == {"loadBalancers": []}
    assert _service_request.of_update(PLANNED, frozenset({"tags", "tags_all", "triggers"})) == {}


def test_the_cluster_and_the_revision_are_read_in_the_form_that_the_state_has() -> None:
    named = _service_attributes.attributes(FOUND, {**STATE, "cluster": "c", "task_definition": "f:1"})
    assert (named["cluster"], named["task_definition"]) == ("c", "f:1")
    arns = {**STATE, "cluster": FOUND["clusterArn"], "task_definition": FOUND["taskDefinition"]}
    found = _service_attributes.attributes(FOUND, arns)
    assert (found["cluster"], found["task_definition"]) == (FOUND["clusterArn"], FOUND["taskDefinition"])


def test_a_service_without_capacity_or_alarms_has_no_blocks_of_them() -> None:
    found = _service_attributes.attributes(FOUND, STATE)
    for name in ("alarms", "capacity_provider_strategy", "load_balancer", "network_configuration"):
        assert found[name] == []
    assert "iam_role" not in found
