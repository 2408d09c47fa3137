"""A service that ECS describes, as the provider's attributes and blocks."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.resources.ecs import _strategy
from terraform_provider.values.unknown import State


def attributes(found: Mapping[str, Any], state: State) -> State:
    """`state`: what the state has; the cluster, the role and the revision stay ARNs or names, as in the state."""
    deployment = found.get("deploymentConfiguration", {})
    role = found.get("roleArn")
    return {
        "id": found["serviceArn"],
        "name": found["serviceName"],
        "availability_zone_rebalancing": found.get("availabilityZoneRebalancing"),
        "cluster": _as_before(state["cluster"], found["clusterArn"]),
        "deployment_maximum_percent": deployment.get("maximumPercent"),
        "deployment_minimum_healthy_percent": deployment.get("minimumHealthyPercent"),
        "desired_count": found.get("desiredCount", 0),
        "enable_ecs_managed_tags": found.get("enableECSManagedTags", False),
        "enable_execute_command": found.get("enableExecuteCommand", False),
        "health_check_grace_period_seconds": found.get("healthCheckGracePeriodSeconds", 0),
        "launch_type": found.get("launchType"),
        "platform_version": found.get("platformVersion"),
        "propagate_tags": found.get("propagateTags", ""),
        "scheduling_strategy": found.get("schedulingStrategy"),
        "triggers": state["triggers"] or {},
        "wait_for_steady_state": bool(state["wait_for_steady_state"]),
        **({"task_definition": _revision(state, found["taskDefinition"])} if found.get("taskDefinition") else {}),
        **({"iam_role": _as_before(state["iam_role"], role)} if role else {}),
        **_blocks(found, deployment),
    }


def _blocks(found: Mapping[str, Any], deployment: Mapping[str, Any]) -> State:
    alarms, breaker = deployment.get("alarms"), deployment.get("deploymentCircuitBreaker")
    controller = found.get("deploymentController")
    network = found.get("networkConfiguration", {}).get("awsvpcConfiguration")
    return {
        "alarms": [
            {"alarm_names": each["alarmNames"], "enable": each["enable"], "rollback": each["rollback"]}
            for each in ([alarms] if alarms else [])
        ],
        "capacity_provider_strategy": _strategy.as_blocks(found.get("capacityProviderStrategy")),
        "deployment_circuit_breaker": [
            {"enable": each["enable"], "rollback": each["rollback"]} for each in ([breaker] if breaker else [])
        ],
        "deployment_controller": [{"type": controller["type"]}] if controller else [],
        "load_balancer": [
            {
                "container_name": each.get("containerName", ""),
                "container_port": each.get("containerPort", 0),
                "elb_name": each.get("loadBalancerName", ""),
                "target_group_arn": each.get("targetGroupArn", ""),
            }
            for each in found.get("loadBalancers", [])
        ],
        "network_configuration": [
            {
                "assign_public_ip": each.get("assignPublicIp") == "ENABLED",
                "security_groups": each.get("securityGroups", []),
                "subnets": each.get("subnets", []),
            }
            for each in ([network] if network else [])
        ],
        "ordered_placement_strategy": [
            {"type": each["type"], "field": each.get("field", "")} for each in found.get("placementStrategy", [])
        ],
        "placement_constraints": [
            {"type": each["type"], "expression": each.get("expression", "")}
            for each in found.get("placementConstraints", [])
        ],
        "service_registries": [
            {
                "container_name": each.get("containerName", ""),
                "container_port": each.get("containerPort", 0),
                "port": each.get("port", 0),
                "registry_arn": each["registryArn"],
            }
            for each in found.get("serviceRegistries", [])
        ],
    }


def _as_before(before: str | None, arn: str) -> str:
    """Return an ARN, or its last part where the state has a name."""
    is_name = bool(before) and not str(before).startswith("arn:")
    return arn.rpartition("/")[2] if is_name else arn


def _revision(state: State, arn: str) -> str:
    """Return the revision as the state has it: an ARN, else family:revision."""
    is_arn = str(state["task_definition"] or "").startswith("arn:")
    return arn if is_arn else arn.rpartition("/")[2]
