"""aws_ecs_task_definition."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.ecs import _containers, _tags, _volumes
from terraform_provider.values.unknown import State

ARGUMENTS = {
    "cpu": "cpu",
    "enable_fault_injection": "enableFaultInjection",
    "execution_role_arn": "executionRoleArn",
    "ipc_mode": "ipcMode",
    "memory": "memory",
    "network_mode": "networkMode",
    "pid_mode": "pidMode",
    "task_role_arn": "taskRoleArn",
}
ACTIVE = "ACTIVE"


@resource("aws_ecs_task_definition")
class TaskDefinition(Resource):
    noun = "ECS Task Definition"
    title = "family"

    def validate(self, config: State) -> None:
        _containers.validate(config.get("container_definitions"))

    def create(self, aws: Aws, planned: State) -> str:
        request = _request(planned)
        # A role that was created a moment ago is not known everywhere yet.
        made = retried(
            aws,
            lambda: aws.client("ecs").register_task_definition(**request),
            codes=("ClientException",),
            message="Role is not valid",
        )
        # What `read` looks for when it does not track the latest revision.
        planned["arn"] = made["taskDefinition"]["taskDefinitionArn"]
        return str(made["taskDefinition"]["family"])

    def read(self, aws: Aws, state: State) -> State | None:
        reference = state["family"] if state["track_latest"] else state["arn"]
        answer = aws.client("ecs").describe_task_definition(taskDefinition=reference, include=["TAGS"])
        found = answer["taskDefinition"]
        if found["status"] != ACTIVE:
            return None
        arn = found["taskDefinitionArn"]
        return {
            "id": found["family"],
            "arn": arn,
            "arn_without_revision": arn.rsplit(":", 1)[0],
            "family": found["family"],
            "revision": found["revision"],
            "container_definitions": _containers.in_state(found["containerDefinitions"]),
            "requires_compatibilities": found.get("requiresCompatibilities") or [],
            **_blocks(found),
            **{name: found.get(key) for name, key in ARGUMENTS.items()},
            "enable_fault_injection": found.get("enableFaultInjection", False),
            "skip_destroy": bool(state["skip_destroy"]),
            "track_latest": bool(state["track_latest"]),
            "tags_all": _tags.as_dict(answer.get("tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "tags_all" in changed:
            _tags.change(aws, prior["arn"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        if not state["skip_destroy"]:
            aws.client("ecs").deregister_task_definition(taskDefinition=state["arn"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        family, _, revision = id.rpartition("/")[2].partition(":")
        if ":task-definition/" not in id or not revision:
            raise ProviderError(
                f"importing ECS Task Definition ({id}): not the ARN of a revision",
                "For example arn:aws:ecs:us-west-1:123456789012:task-definition/family:1.",
            )
        return {"id": family, "arn": id, "family": family}


def _request(planned: State) -> dict[str, Any]:
    made: dict[str, Any] = {
        "family": planned["family"],
        "containerDefinitions": _containers.request(planned["container_definitions"]),
        **{key: planned[name] for name, key in ARGUMENTS.items() if planned[name] not in (None, "")},
    }
    if planned["ephemeral_storage"]:
        made["ephemeralStorage"] = {"sizeInGiB": planned["ephemeral_storage"][0]["size_in_gib"]}
    for block in planned["proxy_configuration"]:
        made["proxyConfiguration"] = {
            "containerName": block["container_name"],
            "type": block["type"] or "APPMESH",
            "properties": [{"name": name, "value": text} for name, text in sorted((block["properties"] or {}).items())],
        }
    for block in planned["runtime_platform"]:
        platform = {
            "cpuArchitecture": block["cpu_architecture"], "operatingSystemFamily": block["operating_system_family"]
        }  # fmt: skip
        made["runtimePlatform"] = {key: value for key, value in platform.items() if value}
    optional = {
        "requiresCompatibilities": sorted(planned["requires_compatibilities"] or ()),
        "inferenceAccelerators": [
            {"deviceName": each["device_name"], "deviceType": each["device_type"]}
            for each in planned["inference_accelerator"]
        ],
        "placementConstraints": [
            {"type": each["type"], **({"expression": each["expression"]} if each["expression"] else {})}
            for each in planned["placement_constraints"]
        ],
        "volumes": [_volumes.request(each) for each in planned["volume"]],
        "tags": _tags.as_list(planned["tags_all"]),
    }
    return {**made, **{key: value for key, value in optional.items() if value}}


def _blocks(found: dict[str, Any]) -> State:
    proxy, platform, storage = (found.get(key) for key in ("proxyConfiguration", "runtimePlatform", "ephemeralStorage"))
    return {
        "ephemeral_storage": [{"size_in_gib": storage["sizeInGiB"]}] if storage else [],
        "inference_accelerator": [
            {"device_name": each["deviceName"], "device_type": each["deviceType"]}
            for each in found.get("inferenceAccelerators", [])
        ],
        "placement_constraints": [
            {"type": each["type"], "expression": each.get("expression", "")}
            for each in found.get("placementConstraints", [])
        ],
        "proxy_configuration": [
            {
                "container_name": each["containerName"],
                "type": each.get("type"),
                "properties": {pair["name"]: pair["value"] for pair in each.get("properties", [])},
            }
            for each in ([proxy] if proxy else [])
        ],
        "runtime_platform": [
            {
                "cpu_architecture": each.get("cpuArchitecture", ""),
                "operating_system_family": each.get("operatingSystemFamily", ""),
            }
            for each in ([platform] if platform else [])
        ],
        "volume": [_volumes.as_block(each) for each in found.get("volumes", [])],
    }
