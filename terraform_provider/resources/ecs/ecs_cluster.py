"""aws_ecs_cluster."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.ecs import _clusters, _tags
from terraform_provider.values.unknown import State

STILL_USED = (
    "ClusterContainsContainerInstancesException",
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
    "UpdateInProgressException",
)
LOGS = {
    "cloud_watch_encryption_enabled": "cloudWatchEncryptionEnabled",
    "cloud_watch_log_group_name": "cloudWatchLogGroupName",
    "s3_bucket_encryption_enabled": "s3EncryptionEnabled",
    "s3_bucket_name": "s3BucketName",
    "s3_key_prefix": "s3KeyPrefix",
}
STORAGE = {"fargate_ephemeral_storage_kms_key_id": "fargateEphemeralStorageKmsKeyId", "kms_key_id": "kmsKeyId"}


@resource("aws_ecs_cluster")
class Cluster(Resource):
    noun = "ECS Cluster"
    gone = ("ClusterNotFoundException",)

    def create(self, aws: Aws, planned: State) -> str:
        optional = {**_settings(planned), "tags": _tags.as_list(planned["tags_all"])}
        request = {"clusterName": planned["name"], **{key: value for key, value in optional.items() if value}}
        # ECS needs a moment to create its own role in a new account.
        made = retried(
            aws,
            lambda: aws.client("ecs").create_cluster(**request),
            codes=("InvalidParameterException",),
            message="Unable to assume the service linked role",
        )
        return str(made["cluster"]["clusterArn"])

    def complete(self, aws: Aws, state: State) -> None:
        _clusters.wait_until_active(aws, state["id"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = _clusters.described(aws, state["id"])
        if found is None:
            return None
        return {
            "arn": found["clusterArn"],
            "name": found["clusterName"],
            "configuration": _configuration_blocks(found.get("configuration")),
            "service_connect_defaults": [
                {"namespace": each["namespace"]} for each in _listed(found.get("serviceConnectDefaults"))
            ],
            "setting": [{"name": each["name"], "value": each["value"]} for each in found.get("settings", [])],
            "tags_all": _tags.as_dict(found.get("tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        request = {
            key: value
            for name, (key, value) in zip(ARGUMENTS, _settings(planned).items(), strict=True)
            if name in changed
        }
        if request:
            aws.client("ecs").update_cluster(cluster=prior["id"], **request)
            _clusters.wait_until_active(aws, prior["id"])
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        # Tasks of a service that was just deleted take a while to stop.
        retried(
            aws,
            lambda: aws.client("ecs").delete_cluster(cluster=state["id"]),
            codes=STILL_USED,
            timeout_s=_clusters.WAIT_S,
        )
        _clusters.wait_until_gone(aws, state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return {"id": aws.arn("ecs", f"cluster/{id}"), "name": id}


ARGUMENTS = ("configuration", "service_connect_defaults", "setting")


def _settings(planned: State) -> dict[str, Any]:
    """Return what CreateCluster and UpdateCluster take, in the order of ARGUMENTS."""
    connect = planned["service_connect_defaults"] or []
    return {
        "configuration": _configuration(planned["configuration"] or []),
        "serviceConnectDefaults": {"namespace": connect[0]["namespace"]} if connect else {},
        "settings": [{"name": each["name"], "value": each["value"]} for each in planned["setting"] or ()],
    }


def _configuration(blocks: list[State]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for block in blocks:
        for command in block["execute_command_configuration"]:
            made["executeCommandConfiguration"] = _given(
                {"kmsKeyId": command["kms_key_id"], "logging": command["logging"]}
            )
            for logs in command["log_configuration"]:
                names = {key: logs[name] for name, key in LOGS.items()}
                made["executeCommandConfiguration"]["logConfiguration"] = _given(names)
        for storage in block["managed_storage_configuration"]:
            names = {key: storage[name] for name, key in STORAGE.items()}
            made["managedStorageConfiguration"] = _given(names)
    return made


def _configuration_blocks(found: dict[str, Any] | None) -> list[State]:
    if not found:
        return []
    commands = []
    for command in _listed(found.get("executeCommandConfiguration")):
        logs = _listed(command.get("logConfiguration"))
        commands.append(
            {
                "kms_key_id": command.get("kmsKeyId"),
                "logging": command.get("logging"),
                "log_configuration": [{name: each.get(key) for name, key in LOGS.items()} for each in logs],
            }
        )
    storages = _listed(found.get("managedStorageConfiguration"))
    return [
        {
            "execute_command_configuration": commands,
            "managed_storage_configuration": [
                {name: each.get(key) for name, key in STORAGE.items()} for each in storages
            ],
        }
    ]


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if value not in (None, "")}


def _listed(value: Any) -> list[Any]:
    return [value] if value else []
