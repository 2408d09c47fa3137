"""Stores and compares the container definitions of a task definition as the provider does."""

import json
from typing import Any

SORTED_BY_NAME = ("environment", "secrets")
DEFAULT_CHECK = {"interval": 30, "timeout": 5, "retries": 3}


def read(text: str) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return None
    return [lowered(each) for each in found]


def lowered(value: Any) -> Any:
    """Write the names of fields as AWS does; names that users chose are not fields."""
    if isinstance(value, list):
        return [lowered(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name[:1].lower() + name[1:]: each if name in ("options", "dockerLabels") else lowered(each)
        for name, each in value.items()
        if each is not None
    }


def stored(text: str) -> list[dict[str, Any]]:
    """Return the definitions in the order in which they are stored; a zero for `cpu` is left out."""
    made = []
    for each in read(text) or []:
        kept = {name: value for name, value in each.items() if (name, value) != ("cpu", 0) and name in FIELDS}
        for name in SORTED_BY_NAME:
            if isinstance(kept.get(name), list):
                kept[name] = sorted(kept[name], key=lambda pair: str(pair.get("name", "")))
        made.append(kept)
    return sorted(made, key=lambda each: str(each.get("name", "")))


def same(old: str, new: str, network_mode: str) -> bool:
    """Return whether two texts define the same containers, ignoring values that AWS fills in."""
    if old == new:
        return True
    if read(old) is None or read(new) is None:
        return False
    return normal(old, network_mode) == normal(new, network_mode)


def normal(text: str, network_mode: str) -> list[dict[str, Any]]:
    made = []
    for each in stored(text):
        kept = {name: value for name, value in each.items() if value != []}
        kept.setdefault("essential", True)
        if "portMappings" in kept:
            kept["portMappings"] = [normal_port(port, network_mode) for port in kept["portMappings"]]
        if kept.get("healthCheck"):
            kept["healthCheck"] = DEFAULT_CHECK | kept["healthCheck"]
        made.append(kept)
    return made


def normal_port(port: dict[str, Any], network_mode: str) -> dict[str, Any]:
    kept = {"protocol": "tcp"} | port
    if kept.get("hostPort") == 0 or (network_mode == "awsvpc" and kept.get("hostPort") == kept.get("containerPort")):
        del kept["hostPort"]
    return kept


FIELDS = frozenset(
    (
        "name", "image", "repositoryCredentials", "cpu", "memory", "memoryReservation", "links", "portMappings",
        "essential", "restartPolicy", "entryPoint", "command", "environment", "environmentFiles", "mountPoints",
        "volumesFrom", "linuxParameters", "secrets", "dependsOn", "startTimeout", "stopTimeout", "hostname", "user",
        "workingDirectory", "disableNetworking", "privileged", "readonlyRootFilesystem", "dnsServers",
        "dnsSearchDomains", "extraHosts", "dockerSecurityOptions", "interactive", "pseudoTerminal", "dockerLabels",
        "ulimits", "logConfiguration", "healthCheck", "systemControls", "resourceRequirements", "versionConsistency",
        "firelensConfiguration", "credentialSpecs",
    )
)  # fmt: skip
"""Any other is dropped by the provider."""
