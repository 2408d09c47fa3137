"""Blocks of a target for one kind of service: the provider's names, and EventBridge's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.values.unknown import State

Names = Mapping[str, str]


@dataclass(frozen=True)
class Block:
    """A block that occurs at most once; `always`: attributes that are sent even if they are zero."""

    member: str
    names: Names
    always: tuple[str, ...] = ()

    def request(self, block: State) -> dict[str, Any]:
        return {
            theirs: block[ours]
            for ours, theirs in self.names.items()
            if ours in self.always or block[ours] not in (None, "", 0, [], {})
        }

    def read(self, found: Mapping[str, Any]) -> State:
        return {ours: found.get(theirs) for ours, theirs in self.names.items()}


BLOCKS = {
    "appsync_target": Block("AppSyncParameters", {"graphql_operation": "GraphQLOperation"}),
    "dead_letter_config": Block("DeadLetterConfig", {"arn": "Arn"}),
    "http_target": Block(
        "HttpParameters",
        {
            "header_parameters": "HeaderParameters",
            "path_parameter_values": "PathParameterValues",
            "query_string_parameters": "QueryStringParameters",
        },
    ),
    "input_transformer": Block(
        "InputTransformer", {"input_paths": "InputPathsMap", "input_template": "InputTemplate"}, ("input_template",)
    ),
    "kinesis_target": Block("KinesisParameters", {"partition_key_path": "PartitionKeyPath"}),
    "redshift_target": Block(
        "RedshiftDataParameters",
        {
            "database": "Database",
            "db_user": "DbUser",
            "secrets_manager_arn": "SecretManagerArn",
            "sql": "Sql",
            "statement_name": "StatementName",
            "with_event": "WithEvent",
        },
        ("database",),
    ),
    "retry_policy": Block(
        "RetryPolicy",
        {
            "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
            "maximum_retry_attempts": "MaximumRetryAttempts",
        },
        ("maximum_retry_attempts",),
    ),
    "sqs_target": Block("SqsParameters", {"message_group_id": "MessageGroupId"}),
}
Reader = Callable[[Mapping[str, Any]], State]


def request_of(planned: State) -> dict[str, Any]:
    """Return the members of PutTargets' target for the blocks in the code."""
    made = {each.member: each.request(planned[name][0]) for name, each in BLOCKS.items() if planned[name]}
    for name, member, write in (
        ("batch_target", "BatchParameters", _batch),
        ("ecs_target", "EcsParameters", _ecs),
    ):
        if planned[name]:
            made[member] = write(planned[name][0])
    if planned["run_command_targets"]:
        listed = [{"Key": each["key"], "Values": each["values"]} for each in planned["run_command_targets"]]
        made["RunCommandParameters"] = {"RunCommandTargets": listed}
    if planned["sagemaker_pipeline_target"]:
        parameters = planned["sagemaker_pipeline_target"][0]["pipeline_parameter_list"] or []
        listed = [{"Name": each["name"], "Value": each["value"]} for each in parameters]
        made["SageMakerPipelineParameters"] = {"PipelineParameterList": listed}
    return made


def read(found: Mapping[str, Any]) -> State:
    """Return all blocks as EventBridge has them."""
    blocks: State = {
        name: [each.read(found[each.member])] if found.get(each.member) else [] for name, each in BLOCKS.items()
    }
    batch, ecs = found.get("BatchParameters"), found.get("EcsParameters")
    commands = (found.get("RunCommandParameters") or {}).get("RunCommandTargets", [])
    pipeline = found.get("SageMakerPipelineParameters")
    blocks["batch_target"] = [_read_batch(batch)] if batch else []
    blocks["ecs_target"] = [_read_ecs(ecs)] if ecs else []
    blocks["run_command_targets"] = [{"key": each["Key"], "values": each["Values"]} for each in commands]
    blocks["sagemaker_pipeline_target"] = (
        [
            {
                "pipeline_parameter_list": [
                    {"name": each["Name"], "value": each["Value"]} for each in pipeline.get("PipelineParameterList", [])
                ]
            }
        ]
        if pipeline
        else []
    )
    return blocks


def _batch(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {"JobDefinition": block["job_definition"], "JobName": block["job_name"]}
    if block["array_size"]:
        made["ArrayProperties"] = {"Size": int(block["array_size"])}
    if block["job_attempts"]:
        made["RetryStrategy"] = {"Attempts": int(block["job_attempts"])}
    return made


def _read_batch(found: Mapping[str, Any]) -> State:
    return {
        "array_size": (found.get("ArrayProperties") or {}).get("Size"),
        "job_attempts": (found.get("RetryStrategy") or {}).get("Attempts"),
        "job_definition": found["JobDefinition"],
        "job_name": found["JobName"],
    }


def _ecs(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {
        "TaskDefinitionArn": block["task_definition_arn"],
        "TaskCount": int(block["task_count"] or 1),
        "EnableECSManagedTags": bool(block["enable_ecs_managed_tags"]),
        "EnableExecuteCommand": bool(block["enable_execute_command"]),
    }
    for ours, theirs in (
        ("group", "Group"),
        ("launch_type", "LaunchType"),
        ("platform_version", "PlatformVersion"),
        ("propagate_tags", "PropagateTags"),
    ):
        if block[ours]:
            made[theirs] = block[ours]
    if block["tags"]:
        made["Tags"] = tags.as_list(block["tags"])
    if block["network_configuration"]:
        network = block["network_configuration"][0]
        made["NetworkConfiguration"] = {
            "awsvpcConfiguration": {
                "Subnets": network["subnets"],
                "SecurityGroups": network["security_groups"] or [],
                "AssignPublicIp": "ENABLED" if network["assign_public_ip"] else "DISABLED",
            }
        }
    if block["capacity_provider_strategy"]:
        made["CapacityProviderStrategy"] = [
            {"capacityProvider": each["capacity_provider"], "base": each["base"] or 0, "weight": each["weight"] or 0}
            for each in block["capacity_provider_strategy"]
        ]
    for ours, theirs, field in (
        ("ordered_placement_strategy", "PlacementStrategy", "field"),
        ("placement_constraint", "PlacementConstraints", "expression"),
    ):
        if block[ours]:
            made[theirs] = [
                {"type": each["type"], **({field: each[field]} if each[field] else {})} for each in block[ours]
            ]
    return made


def _read_ecs(found: Mapping[str, Any]) -> State:
    network = (found.get("NetworkConfiguration") or {}).get("awsvpcConfiguration")
    return {
        "task_definition_arn": found["TaskDefinitionArn"],
        "task_count": found.get("TaskCount"),
        "enable_ecs_managed_tags": bool(found.get("EnableECSManagedTags")),
        "enable_execute_command": bool(found.get("EnableExecuteCommand")),
        "group": found.get("Group"),
        "launch_type": found.get("LaunchType"),
        "platform_version": found.get("PlatformVersion"),
        "propagate_tags": found.get("PropagateTags"),
        "tags": tags.as_dict(found.get("Tags")),
        "network_configuration": [
            {
                "subnets": network.get("Subnets", []),
                "security_groups": network.get("SecurityGroups", []),
                "assign_public_ip": network.get("AssignPublicIp") == "ENABLED",
            }
        ]
        if network
        else [],
        "capacity_provider_strategy": [
            {"capacity_provider": each["capacityProvider"], "base": each.get("base"), "weight": each.get("weight")}
            for each in found.get("CapacityProviderStrategy", [])
        ],
        "ordered_placement_strategy": [
            {"type": each["type"], "field": each.get("field", "")} for each in found.get("PlacementStrategy", [])
        ],
        "placement_constraint": [
            {"type": each["type"], "expression": each.get("expression", "")}
            for each in found.get("PlacementConstraints", [])
        ],
    }
