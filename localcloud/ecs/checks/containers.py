"""Checks container definitions for what AWS refuses beyond the service model (aws-facts 1.5, 1.6)."""

import re
from collections.abc import Sequence

from localcloud.ecs.model import dependencies
from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError
from localcloud.machine.limits import resource_of
from localcloud.protocol.validation.json_body import WHOLE_NUMBERS

MAX_CONTAINERS = 10
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
LAST_PORT = 65_535
LEAST_MEMORY_MIB = 4
TIMEOUT_S = (2, 120)
"""Range of `stopTimeout` and `startTimeout` on Fargate."""
RESTART_PERIOD_S = (60, 1800)
MAX_IGNORED_EXIT_CODES = 50
MAX_ENVIRONMENT_FILES = 10
FILE_IN_S3 = re.compile(r"arn:aws[a-z-]*:s3:::[^/]+/.+")
NAME_OF_PORT = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
MODES = ("blocking", "non-blocking")
KERNEL = re.compile(r"net\..+|fs\.mqueue\..+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)")
"""Namespaces of systemControls."""
HEALTH_CHECK_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def check_containers(containers: list[Wire], task_memory_mib: int | None, volumes: Sequence[Wire]) -> None:
    """Check container definitions. Errors: ClientException."""
    if len(containers) > MAX_CONTAINERS:
        raise AwsError("ClientException", f"A task definition can have at most {MAX_CONTAINERS} containers.")
    for container in containers:
        name = container["name"]
        if not NAME.fullmatch(name):
            raise _invalid(name[:300], "A name is 1 to 255 letters, numbers, hyphens and underscores.")
        _check_ports(name, container["portMappings"])
        _check_environment(container)
        _check_environment_files(name, container.get("environmentFiles", []))
        _check_system_controls(name, container.get("systemControls", []))
        _check_mounts(container, containers, volumes)
        _check_log_group(name, container.get("logConfiguration"))
        for key in ("stopTimeout", "startTimeout"):
            _in_range(name, key, container.get(key), *TIMEOUT_S)
        for key, limits in HEALTH_CHECK_RANGES.items():
            _in_range(name, f"healthCheck.{key}", container.get("healthCheck", {}).get(key), *limits)
        _check_health_command(name, container.get("healthCheck"))
        _check_restart_policy(name, container.get("restartPolicy", {}))
        _check_ulimits(name, container.get("ulimits", []))
        _check_memory(container, task_memory_mib)
    _check_names_of_ports(containers)
    _check_log_router(containers)
    error_text = dependencies.dependency_error(containers)
    if error_text:
        raise AwsError("ClientException", error_text)


def _in_range(container: str, key: str, value: int | None, lowest: int, highest: int) -> None:
    if value is not None and not lowest <= value <= highest:
        raise _invalid(container, f"{key} should be between {lowest} and {highest}, got {value}.")


def _check_ports(container: str, mappings: list[Wire]) -> None:
    for mapping in mappings:
        if "containerPortRange" in mapping:
            raise _invalid(container, "The local cloud does not offer containerPortRange; name each containerPort.")
        if "containerPort" not in mapping:
            raise _invalid(container, "Each of its portMappings needs a containerPort.")
        _in_range(container, "containerPort", mapping["containerPort"], 1, LAST_PORT)
        _in_range(container, "hostPort", mapping["hostPort"], 0, LAST_PORT)


def _check_names_of_ports(containers: Sequence[Wire]) -> None:
    """Check that the names of port mappings are valid, and unique in the task definition."""
    known: set[str] = set()
    for container in containers:
        for mapping in container["portMappings"]:
            name = mapping.get("name")
            if name is not None and not NAME_OF_PORT.fullmatch(name):
                raise _invalid(
                    container["name"],
                    f"The name '{name[:100]}' of a port mapping is 1 to 64 lower-case letters, numbers, underscores "
                    "and hyphens, and does not start with a hyphen.",
                )
            if name is not None and name in known:
                raise _invalid(container["name"], f"Two port mappings have the name '{name}'.")
            known |= {name} if name is not None else set()


def _check_log_router(containers: Sequence[Wire]) -> None:
    """Check that a container routes the logs of those with the driver awsfirelens."""
    routed = [c["name"] for c in containers if c.get("logConfiguration", {}).get("logDriver") == "awsfirelens"]
    if routed and not any(container.get("firelensConfiguration") for container in containers):
        raise _invalid(routed[0], "Log driver awsfirelens requires a container with a firelensConfiguration.")


def _check_environment_files(container: str, files: Sequence[Wire]) -> None:
    if len(files) > MAX_ENVIRONMENT_FILES:
        raise _invalid(container, f"environmentFiles can hold at most {MAX_ENVIRONMENT_FILES} files.")
    for file in files:
        if not FILE_IN_S3.fullmatch(file["value"]):
            raise _invalid(container, f"environmentFiles: '{file['value'][:100]}' is not the ARN of an object in S3.")
        if not file["value"].endswith(".env"):
            raise _invalid(container, f"environmentFiles: '{file['value'][-100:]}' does not end with .env.")


def _check_system_controls(container: str, controls: Sequence[Wire]) -> None:
    unknown = next((c["namespace"] for c in controls if not KERNEL.fullmatch(c.get("namespace", ""))), None)
    if unknown is not None:
        raise _invalid(container, f"systemControls: {unknown} is not a parameter that a container may set.")


def _check_environment(container: Wire) -> None:
    name = container["name"]
    variables = {variable.get("name", "") for variable in container["environment"]}
    secrets = [secret["name"] for secret in container.get("secrets", [])]
    shared = next((each for each in secrets if each in variables or secrets.count(each) > 1), None)
    empty = next((secret["name"] for secret in container.get("secrets", []) if not secret["valueFrom"]), None)
    if empty:
        raise _invalid(name, f"The valueFrom of secret {empty} should not be empty.")
    if shared:
        raise AwsError(
            "ClientException",
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            f"container, such as '{shared}'.",
        )
    error_text = environment_error(container["environment"])
    if error_text:
        raise _invalid(name, error_text)


def environment_error(variables: Sequence[Wire]) -> str:
    """Return an objection to variables that no process could be given; empty when there is none."""
    for variable in variables:
        name = variable.get("name", "")
        if not name or "=" in name or "\0" in name + variable.get("value", ""):
            return f"environment: '{name}' should be a name without '='; it and its value must not contain a null byte."
    return ""


def _check_mounts(container: Wire, containers: Sequence[Wire], volumes: Sequence[Wire]) -> None:
    listed = [volume.get("name") for volume in volumes]
    known = set(listed)
    if len(known) < len(listed):
        raise AwsError("ClientException", "Volume names must be unique within a task definition.")
    unknown = next(
        (m.get("sourceVolume") for m in container["mountPoints"] if m.get("sourceVolume") not in known), None
    )
    if unknown:
        raise AwsError("ClientException", f"Unknown volume '{unknown}'.")
    names = {other["name"] for other in containers}
    for source in container["volumesFrom"]:
        if source.get("sourceContainer") not in names:
            raise _invalid(container["name"], f"volumesFrom: there is no container '{source.get('sourceContainer')}'.")


def _check_log_group(container: str, logging: Wire | None) -> None:
    if logging is None or logging["logDriver"] != "awslogs":
        return
    options = logging.get("options", {})
    if not options.get("awslogs-group"):
        raise _invalid(container, "Log driver awslogs requires options: awslogs-group")
    if options.get("mode", MODES[0]) not in MODES:
        raise _invalid(container, f"The log option mode should be one of {', '.join(MODES)}, got {options['mode']}.")


def _check_health_command(container: str, check: Wire | None) -> None:
    if check is not None and (len(check["command"]) < 2 or check["command"][0] not in ("CMD", "CMD-SHELL")):
        raise _invalid(container, "healthCheck.command should be CMD or CMD-SHELL, followed by a command.")


def _check_restart_policy(container: str, policy: Wire) -> None:
    _in_range(container, "restartPolicy.restartAttemptPeriod", policy.get("restartAttemptPeriod"), *RESTART_PERIOD_S)
    if len(policy.get("ignoredExitCodes", [])) > MAX_IGNORED_EXIT_CODES:
        raise _invalid(container, f"restartPolicy.ignoredExitCodes can hold at most {MAX_IGNORED_EXIT_CODES} codes.")


def _check_ulimits(container: str, ulimits: list[Wire]) -> None:
    for limit in ulimits:
        name, soft, hard = limit["name"], limit["softLimit"], limit["hardLimit"]
        if resource_of(name) is None:
            raise _invalid(container, f"ulimit {name} is not supported on this system.")
        if hard != -1 and not 0 <= soft <= hard:
            raise _invalid(
                container, f"The soft limit {soft} of ulimit {name} should not be above its hard limit {hard}."
            )


def _check_memory(container: Wire, task_memory_mib: int | None) -> None:
    name, hard, soft = container["name"], container.get("memory"), container.get("memoryReservation")
    _in_range(name, "cpu", container.get("cpu"), 0, WHOLE_NUMBERS["integer"] - 1)
    for key, value in (("memory", hard), ("memoryReservation", soft)):
        _in_range(name, key, value, LEAST_MEMORY_MIB, WHOLE_NUMBERS["integer"] - 1)
    if task_memory_mib is None and hard is None and soft is None:
        raise _invalid(name, "At least one of 'memory' or 'memoryReservation' must be specified.")
    if hard is not None and soft is not None and soft > hard:
        raise _invalid(name, "memoryReservation should not be above memory.")
    if task_memory_mib is not None and max(hard or 0, soft or 0) > task_memory_mib:
        raise _invalid(name, f"Its memory should not be above the task's {task_memory_mib} MiB.")


def _invalid(container: str, why: str) -> AwsError:
    return AwsError("ClientException", f"Invalid setting for container '{container}'. {why}")
