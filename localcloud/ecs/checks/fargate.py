"""Checks task definitions for what Fargate refuses (aws-facts 1.10)."""

import re
from collections.abc import Sequence

from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError

# vCPU units -> allowed memory in MiB.
MEMORY_MIB: dict[int, frozenset[int]] = {
    256: frozenset({512, 1024, 2048}),
    512: frozenset(range(1024, 4096 + 1, 1024)),
    1024: frozenset(range(2048, 8192 + 1, 1024)),
    2048: frozenset(range(4096, 16384 + 1, 1024)),
    4096: frozenset(range(8192, 30720 + 1, 1024)),
    8192: frozenset(range(16384, 61440 + 1, 4096)),
    16384: frozenset(range(32768, 122880 + 1, 8192)),
    32768: frozenset({61440, 122880, 249856}),
}
STORAGE_GIB = (21, 200)
ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.")
LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
AWSLOGS_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
NOT_OF_CONTAINERS = (
    *("privileged", "links", "disableNetworking", "dnsSearchDomains", "dnsServers", "dockerSecurityOptions"),
    *("extraHosts", "hostname"),
)
"""The last two are refused with network mode awsvpc, which Fargate requires."""
NOT_OF_LINUX = ("devices", "sharedMemorySize", "maxSwap", "swappiness")
CAPABILITIES = frozenset({"SYS_PTRACE"})
ULIMITS = frozenset({"nofile"})
NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
# `1 vCPU`, `.25 vCPU` and `2 GB` mean 1024, 256 and 2048.
WITH_UNIT = {
    "cpu": re.compile(NUMBER + r" ?vcpu", re.IGNORECASE),
    "memory": re.compile(NUMBER + r" ?gb", re.IGNORECASE),
}
UNIT = 1024


def in_units(definition: Wire) -> Wire:
    """Convert `cpu` and `memory` to whole units and MiB, as AWS returns them."""
    found = {key: pattern.fullmatch(str(definition.get(key, ""))) for key, pattern in WITH_UNIT.items()}
    return definition | {key: str(int(float(match[1]) * UNIT)) for key, match in found.items() if match}


def runs_on_fargate(definition: Wire) -> bool:
    try:
        check_fargate(definition)
    except AwsError:
        return False
    return True


def check_fargate(definition: Wire) -> None:
    """Check a definition for Fargate. Errors: ClientException."""
    if definition.get("networkMode") != "awsvpc":
        raise _refusal("Fargate only supports network mode ‘awsvpc’.")
    _check_size(definition)
    if definition.get("placementConstraints"):
        raise _not_supported("constraints")
    if (mode := definition.get("pidMode", "task")) != "task":
        raise _refusal(
            f"Tasks using the Fargate launch type do not support pidMode '{mode}'. "
            "The supported value for pidMode is 'task'."
        )
    if "ipcMode" in definition:
        raise _not_supported("ipcMode")
    if definition.get("inferenceAccelerators"):
        raise _not_supported("inferenceAccelerators")
    _check_volumes(definition.get("volumes", []))
    _check_execution_role(definition)
    storage_gib = definition.get("ephemeralStorage", {}).get("sizeInGiB", STORAGE_GIB[0])
    if not STORAGE_GIB[0] <= storage_gib <= STORAGE_GIB[1]:
        raise _refusal(f"ephemeralStorage.sizeInGiB should be between 21 and 200, got {storage_gib}.")
    for container in definition["containerDefinitions"]:
        _check_container(container)
    reserved, size = sum(c.get("cpu", 0) for c in definition["containerDefinitions"]), int(definition["cpu"])
    if reserved > size:
        raise _refusal(f"The containers' cpu is {reserved} units together, more than the task's {size}.")


def _check_volumes(volumes: Sequence[Wire]) -> None:
    for volume in volumes:
        if volume.get("dockerVolumeConfiguration"):
            raise _not_supported("dockerVolumeConfiguration")
        if volume.get("host", {}).get("sourcePath"):
            raise _not_supported("host.sourcePath")


def _check_size(definition: Wire) -> None:
    try:
        cpu, memory = int(definition["cpu"]), int(definition["memory"])
    except KeyError as exc:
        raise _refusal(f"Fargate requires that '{exc.args[0]}' be defined at the task level.") from exc
    if memory not in MEMORY_MIB.get(cpu, frozenset()):
        raise _refusal(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values."
        )


def _check_execution_role(definition: Wire) -> None:
    """Require an execution role where Fargate acts before the container runs, as it does so in this role."""
    if definition.get("executionRoleArn"):
        return
    for container in definition["containerDefinitions"]:
        if ECR_IMAGE.match(container["image"]):
            raise _refusal("Fargate requires task definition to have execution role ARN to support ECR images.")
        driver = container.get("logConfiguration", {}).get("logDriver")
        if driver == "awslogs":
            raise _refusal(
                f"Fargate requires task definition to have execution role ARN to support log driver {driver}."
            )


def _check_container(container: Wire) -> None:
    for mapping in container["portMappings"]:
        if mapping["hostPort"] != mapping["containerPort"]:
            raise _refusal("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")
    linux = container.get("linuxParameters", {})
    unsupported = [key for key in NOT_OF_CONTAINERS if container.get(key)]
    unsupported += [key for key in NOT_OF_LINUX if linux.get(key) is not None]
    unsupported += [kind["type"] for kind in container.get("resourceRequirements", []) if kind["type"] == "GPU"]
    added = set(linux.get("capabilities", {}).get("add", []))
    unsupported += [f"capability {name}" for name in sorted(added - CAPABILITIES)]
    limits = {limit["name"] for limit in container.get("ulimits", [])}
    unsupported += [f"ulimit {name}" for name in sorted(limits - ULIMITS)]
    if unsupported:
        raise _not_supported(unsupported[0])
    _check_logging(container.get("logConfiguration"))


def _check_logging(logging: Wire | None) -> None:
    if logging is None:
        return
    driver, options = logging["logDriver"], logging.get("options", {})
    if driver not in LOG_DRIVERS:
        raise _not_supported(f"log driver {driver}")
    missing = next((name for name in AWSLOGS_OPTIONS if driver == "awslogs" and not options.get(name)), None)
    if missing:
        raise _refusal(f"Log driver awslogs requires options: {missing}")


def _not_supported(what: str) -> AwsError:
    # The beginning is AWS's; its wording for ulimits and capabilities is not published.
    return _refusal(f"Fargate compatible task definitions do not support {what}")


def _refusal(why: str) -> AwsError:
    return AwsError("ClientException", why)
