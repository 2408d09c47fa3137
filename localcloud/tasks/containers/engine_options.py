"""A container definition in the words of an engine's command line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.tasks.containers.runtime import Program
from localcloud.tasks.images.engine import Engine

ALWAYS = ("--network=host", "--pull=never", "--log-driver=none", "--no-healthcheck", "--stop-timeout=0")
"""The local cloud gives addresses, has the image, writes the logs, checks health and waits for the end."""
READ_ONLY = ",readonly"


def options_of(program: Program, engine: Engine) -> list[str]:
    """Return the options with which a container is created; its environment is given apart (`settings_of`)."""
    definition = program.definition
    options = [*ALWAYS]
    if program.directory is not None:
        options += ["--workdir", str(program.directory)]
    if definition.get("user"):
        options += ["--user", str(definition["user"])]
    if definition.get("readonlyRootFilesystem"):
        options.append("--read-only")
        # Podman would add writable directories, which Fargate does not.
        options += ["--read-only-tmpfs=false"] if engine.is_podman else []
    if program.memory_mib:
        options += ["--memory", f"{program.memory_mib}m", "--memory-swap", f"{program.memory_mib}m"]
    for limit in definition.get("ulimits", []):
        options += ["--ulimit", f"{limit['name']}={limit['softLimit']}:{limit['hardLimit']}"]
    for name, value in (definition.get("dockerLabels") or {}).items():
        options += ["--label", f"{name}={value}"]
    options += _linux(definition.get("linuxParameters") or {}, engine)
    options += _volumes(program, engine)
    first = program.argv[0]
    return [*options, "--entrypoint", json.dumps([first]) if engine.is_podman else first]


def _linux(parameters: Mapping[str, Any], engine: Engine) -> Iterator[str]:
    capabilities = parameters.get("capabilities") or {}
    for kind in ("add", "drop"):
        for name in capabilities.get(kind) or []:
            yield from (f"--cap-{kind}", str(name))
    if parameters.get("initProcessEnabled") and engine.has_init:
        yield "--init"
    if parameters.get("sharedMemorySize"):
        yield from ("--shm-size", f"{parameters['sharedMemorySize']}m")
    for each in parameters.get("tmpfs") or []:
        options = ",".join([f"size={each['size']}m", *(each.get("mountOptions") or [])])
        yield from ("--tmpfs", f"{each['containerPath']}:{options}")


def _volumes(program: Program, engine: Engine) -> Iterator[str]:
    for mount in program.definition.get("mountPoints") or []:
        volume = engine.volume_name(program.task_id, mount["sourceVolume"])
        described = f"type=volume,source={volume},destination={mount['containerPath']}"
        yield from ("--mount", described + (READ_ONLY if mount.get("readOnly") else ""))


def settings_of(environment: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return the text of an environment file, and the variables that it cannot contain: those of several lines.

    Errors: ValueError for a null byte.
    """
    if any("\0" in text for pair in environment.items() for text in pair):
        raise ValueError("embedded null byte")
    of_lines = {name: value for name, value in environment.items() if "\n" in value or "\r" in value}
    lines = [f"{name}={value}\n" for name, value in environment.items() if name not in of_lines]
    return "".join(lines).encode(), of_lines
