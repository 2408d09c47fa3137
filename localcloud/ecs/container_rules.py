"""What AWS refuses in container definitions beyond what the service model states (facts 1.5, 1.6)."""

from localcloud.ecs.model import Wire
from localcloud.errors import AwsError
from localcloud.tasks import dependencies
from localcloud.tasks.launching import resource_of

TIMEOUT_S = (2, 120)
"""Range of `stopTimeout` and `startTimeout` on Fargate."""
RESTART_PERIOD_S = (60, 1800)
MAX_IGNORED_EXIT_CODES = 50
HEALTH_CHECK_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def check_containers(containers: list[Wire], task_memory_mib: int | None) -> None:
    """Errors: ClientException."""
    for container in containers:
        name = container["name"]
        for key in ("stopTimeout", "startTimeout"):
            _in_range(name, key, container.get(key), *TIMEOUT_S)
        for key, limits in HEALTH_CHECK_RANGES.items():
            _in_range(name, f"healthCheck.{key}", container.get("healthCheck", {}).get(key), *limits)
        _check_health_command(name, container.get("healthCheck"))
        _check_restart_policy(name, container.get("restartPolicy", {}))
        _check_ulimits(name, container.get("ulimits", []))
        _check_memory(container, task_memory_mib)
    objection = dependencies.objection(containers)
    if objection:
        raise AwsError("ClientException", objection)


def _in_range(container: str, key: str, value: int | None, lowest: int, highest: int) -> None:
    if value is not None and not lowest <= value <= highest:
        raise _invalid(container, f"{key} should be between {lowest} and {highest}, got {value}.")


def _check_health_command(container: str, check: Wire | None) -> None:
    if check is not None and (len(check["command"]) < 2 or check["command"][0] not in ("CMD", "CMD-SHELL")):
        raise _invalid(container, "healthCheck.command should begin with CMD or CMD-SHELL and go on with a command.")


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
            raise _invalid(container, f"The soft limit {soft} of ulimit {name} should not be above its hard {hard}.")


def _check_memory(container: Wire, task_memory_mib: int | None) -> None:
    name, hard, soft = container["name"], container.get("memory"), container.get("memoryReservation")
    if hard is not None and soft is not None and soft > hard:
        raise _invalid(name, "memoryReservation should not be above memory.")
    if task_memory_mib is not None and max(hard or 0, soft or 0) > task_memory_mib:
        raise _invalid(name, f"Its memory should not be above the task's {task_memory_mib} MiB.")


def _invalid(container: str, why: str) -> AwsError:
    return AwsError("ClientException", f"Invalid setting for container '{container}'. {why}")
