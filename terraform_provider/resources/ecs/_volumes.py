"""Volumes of a task definition."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

DOCKER = {
    "autoprovision": "autoprovision",
    "driver": "driver",
    "driver_opts": "driverOpts",
    "labels": "labels",
    "scope": "scope",
}
EFS = {
    "file_system_id": "fileSystemId",
    "root_directory": "rootDirectory",
    "transit_encryption": "transitEncryption",
    "transit_encryption_port": "transitEncryptionPort",
}
EFS_AUTHORIZATION = {"access_point_id": "accessPointId", "iam": "iam"}
FSX = {"file_system_id": "fileSystemId", "root_directory": "rootDirectory"}
FSX_AUTHORIZATION = {"credentials_parameter": "credentialsParameter", "domain": "domain"}
KINDS = {
    "docker_volume_configuration": ("dockerVolumeConfiguration", DOCKER, {}),
    "efs_volume_configuration": ("efsVolumeConfiguration", EFS, EFS_AUTHORIZATION),
    "fsx_windows_file_server_volume_configuration": ("fsxWindowsFileServerVolumeConfiguration", FSX, FSX_AUTHORIZATION),
}
"""By the provider's block: ECS's structure, the names in both, and those of its authorization."""


def request(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {"name": block["name"], "configuredAtLaunch": bool(block["configure_at_launch"])}
    if block["host_path"]:
        made["host"] = {"sourcePath": block["host_path"]}
    for name, (key, names, authorization) in KINDS.items():
        for inner in block[name] or ():
            made[key] = given(inner, names)
            for each in inner.get("authorization_config") or ():
                made[key]["authorizationConfig"] = given(each, authorization)
    return made


def as_block(found: Mapping[str, Any]) -> State:
    made: State = {
        "name": found["name"],
        "configure_at_launch": found.get("configuredAtLaunch", False),
        "host_path": found.get("host", {}).get("sourcePath", ""),
    }
    for name, (key, names, authorization) in KINDS.items():
        made[name] = [_inner_block(found[key], names, authorization)] if key in found else []
    return made


def _inner_block(found: Mapping[str, Any], names: Mapping[str, str], authorization: Mapping[str, str]) -> State:
    made: State = {ours: found.get(theirs) for ours, theirs in names.items()}
    if authorization:
        inner = found.get("authorizationConfig")
        made["authorization_config"] = (
            [{ours: inner.get(theirs, "") for ours, theirs in authorization.items()}] if inner else []
        )
    return made
