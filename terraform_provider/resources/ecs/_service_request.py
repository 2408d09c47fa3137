"""The arguments of CreateService and UpdateService."""

from collections.abc import Callable, Mapping
from typing import Any

from terraform_provider.framework.nulls import given
from terraform_provider.resources.ecs import _strategy
from terraform_provider.values.unknown import State

PLAIN = {
    "availability_zone_rebalancing": "availabilityZoneRebalancing",
    "desired_count": "desiredCount",
    "enable_ecs_managed_tags": "enableECSManagedTags",
    "enable_execute_command": "enableExecuteCommand",
    "health_check_grace_period_seconds": "healthCheckGracePeriodSeconds",
    "platform_version": "platformVersion",
    "propagate_tags": "propagateTags",
    "task_definition": "taskDefinition",
}
DEPLOYMENT = (
    "alarms",
    "deployment_circuit_breaker",
    "deployment_maximum_percent",
    "deployment_minimum_healthy_percent",
)
LOAD_BALANCER = {
    "container_name": "containerName",
    "container_port": "containerPort",
    "elb_name": "loadBalancerName",
    "target_group_arn": "targetGroupArn",
}
REGISTRY = {
    "container_name": "containerName",
    "container_port": "containerPort",
    "port": "port",
    "registry_arn": "registryArn",
}
CONSTRAINT = {"type": "type", "expression": "expression"}
PLACEMENT = {"type": "type", "field": "field"}
NO_PROPAGATION = "NONE"
UNSET = object()
USUAL = {
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": 0,
    "propagateTags": NO_PROPAGATION,
}


def of_creation(planned: State) -> dict[str, Any]:
    """Return the arguments of CreateService without cluster, name and tags."""
    made = {
        **of_update(planned, frozenset((*PLAIN, *BLOCKS, *DEPLOYMENT))),
        "schedulingStrategy": planned["scheduling_strategy"],
        "launchType": planned["launch_type"],
        "role": planned["iam_role"],
    }
    for block in planned["deployment_controller"] or ():
        made["deploymentController"] = {"type": block["type"]}
    made["desiredCount"] = planned["desired_count"] or 0
    if planned["scheduling_strategy"] == "DAEMON":
        del made["desiredCount"]
    return {key: value for key, value in made.items() if not _is_usual(key, value)}


def _is_usual(key: str, value: Any) -> bool:
    """Return whether an argument has the default value; ECS refuses some defaults together with other arguments."""
    return value in (None, "", [], {}) or value == USUAL.get(key, UNSET)


def of_update(planned: State, changed: frozenset[str]) -> dict[str, Any]:
    """Return the arguments of UpdateService for what changed."""
    made: dict[str, Any] = {key: planned[name] for name, key in PLAIN.items() if name in changed}
    if "propagate_tags" in changed:
        made["propagateTags"] = planned["propagate_tags"] or NO_PROPAGATION
    for name in ("desired_count", "health_check_grace_period_seconds"):
        if name in changed:
            made[PLAIN[name]] = planned[name] or 0
    for name, (key, written) in BLOCKS.items():
        if name in changed:
            made[key] = written(planned[name] or [])
    deployment = _deployment_configuration(planned, changed)
    if deployment:
        made["deploymentConfiguration"] = deployment
    return {key: value for key, value in made.items() if value is not None}


def _deployment_configuration(planned: State, changed: frozenset[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    is_daemon = planned["scheduling_strategy"] == "DAEMON"
    if changed & {"deployment_maximum_percent", "deployment_minimum_healthy_percent"}:
        made["minimumHealthyPercent"] = planned["deployment_minimum_healthy_percent"]
        if not is_daemon:
            made["maximumPercent"] = planned["deployment_maximum_percent"]
    if "deployment_circuit_breaker" in changed:
        for block in planned["deployment_circuit_breaker"] or ():
            made["deploymentCircuitBreaker"] = {"enable": bool(block["enable"]), "rollback": bool(block["rollback"])}
    if "alarms" in changed:
        for block in planned["alarms"] or ():
            made["alarms"] = {
                "alarmNames": sorted(block["alarm_names"]),
                "enable": bool(block["enable"]),
                "rollback": bool(block["rollback"]),
            }
    return made


def _network(blocks: list[State]) -> dict[str, Any]:
    if not blocks:
        return {}
    block = blocks[0]
    return {
        "awsvpcConfiguration": {
            "assignPublicIp": "ENABLED" if block["assign_public_ip"] else "DISABLED",
            "securityGroups": sorted(block["security_groups"] or ()),
            "subnets": sorted(block["subnets"]),
        }
    }


def _each(names: Mapping[str, str]) -> Callable[[list[State]], list[dict[str, Any]]]:
    """Return a function that converts blocks to ECS's names."""
    return lambda blocks: [given(block, names) for block in blocks]


BLOCKS: dict[str, tuple[str, Callable[[list[State]], Any]]] = {
    "capacity_provider_strategy": ("capacityProviderStrategy", _strategy.request),
    "load_balancer": ("loadBalancers", _each(LOAD_BALANCER)),
    "network_configuration": ("networkConfiguration", _network),
    "ordered_placement_strategy": ("placementStrategy", _each(PLACEMENT)),
    "placement_constraints": ("placementConstraints", _each(CONSTRAINT)),
    "service_registries": ("serviceRegistries", _each(REGISTRY)),
}
