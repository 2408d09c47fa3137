"""Values that the provider requires beside an attribute to plan it, and dependencies between attributes."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from terraform_provider.values.unknown import Value

Path = tuple[str, ...]
# Without these the provider refuses to plan at all.
NEEDED: dict[str, dict[str, Value]] = {
    "aws_cloudwatch_metric_alarm": {"statistic": "Sum"},
    "aws_dynamodb_table": {
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "a1",
        "attribute": [{"name": "a1", "type": "S"}],
    },
    "aws_lb_listener": {"protocol": "HTTPS"},
    "aws_lb_target_group": {"port": 80, "protocol": "HTTP", "vpc_id": "vpc-1"},
}
# What must be written beside a value for the provider to accept it.
BESIDE: dict[str, dict[str, Callable[[Value], dict[str, Value]]]] = {
    "aws_dynamodb_table": {
        "hash_key": lambda value: {"attribute": [{"name": value, "type": "S"}]} if value else {},
        "stream_enabled": lambda value: {"stream_view_type": "NEW_IMAGE" if value else None},
    },
    "aws_elasticache_replication_group": {"multi_az_enabled": lambda _: {"automatic_failover_enabled": True}},
    "aws_sns_topic_subscription": {"filter_policy_scope": lambda _: {"filter_policy": "{}"}},
}
# What a state holds where any value would be refused.
STATES: dict[str, dict[str, Value]] = {
    "aws_dynamodb_table": {"range_key": None, "read_capacity": 0, "write_capacity": 0},
    "aws_elasticache_replication_group": {"engine_version": "7.1"},
    "aws_lb_listener": {"protocol": "HTTPS"},
    "aws_lb_target_group": {"protocol_version": "HTTP1"},
    "aws_sns_topic": {"fifo_throughput_scope": ""},
    "aws_sns_topic_subscription": {"filter_policy_scope": ""},
}


def containers(image: str) -> str:
    return json.dumps([{"name": "app", "image": image, "environment": [{"name": "A", "value": "<1>"}]}])


def images_kept(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


# Where not any text will do: two of them.
SAMPLES: dict[tuple[str, Path], tuple[str, str]] = {
    ("aws_ecr_lifecycle_policy", ("policy",)): (images_kept(1), images_kept(2)),
    ("aws_ecs_task_definition", ("container_definitions",)): (containers("a1"), containers("b1")),
    ("aws_elasticache_replication_group", ("engine_version",)): ("7.0", "7.1"),
    ("aws_s3_bucket_lifecycle_configuration", ("transition_default_minimum_object_size",)): (
        "all_storage_classes_128K",
        "varies_by_storage_class",
    ),
    **{
        ("aws_s3_bucket_lifecycle_configuration", ("rule", block, name)): values
        for block in ("transition", "noncurrent_version_transition")
        for name, values in {
            "storage_class": ("GLACIER", "STANDARD_IA"),
            "date": ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        }.items()
    },
    ("aws_s3_bucket_lifecycle_configuration", ("rule", "expiration", "date")): (
        "2030-01-01T00:00:00Z",
        "2031-01-01T00:00:00Z",
    ),
}


class Condition(NamedTuple):
    """An attribute whose value decides which others apply; `kinds`: the value -> the name of the other."""

    attribute: str
    values: tuple[str, ...]
    kinds: Mapping[frozenset[str], str]


CONDITIONS = {
    "aws_lb": Condition(
        "load_balancer_type",
        ("application", "network", "gateway"),
        {
            frozenset({"application"}): "application_only",
            frozenset({"network"}): "network_only",
            frozenset({"network", "gateway"}): "not_application",
            frozenset({"application", "network"}): "not_gateway",
        },
    ),
    "aws_lb_listener": Condition(
        "protocol",
        ("HTTPS", "HTTP", "TCP"),
        {
            frozenset({"HTTP", "HTTPS"}): "http_only",
            frozenset({"HTTPS"}): "https_only",
            frozenset({"TCP"}): "tcp_only",
        },
    ),
}
# What an action of a load balancer's rule has by its type.
ACTIONS = {
    "authenticate_cognito": "authenticate-cognito",
    "authenticate_oidc": "authenticate-oidc",
    "fixed_response": "fixed-response",
    "forward": "forward",
    "redirect": "redirect",
    "target_group_arn": "forward",
}
ACTION_BLOCKS = {"aws_lb_listener": "default_action", "aws_lb_listener_rule": "action"}
# What single plans showed where probing does not reach: types too large for it, texts of a form of their own.
SEEN: dict[str, dict[Path, dict[str, Any]]] = {
    "aws_dynamodb_table": {
        ("billing_mode",): {"default": "PROVISIONED"},
        ("table_class",): {"default": "STANDARD", "suppress": "standard"},
        ("range_key",): {"force_new": True},
        ("restore_source_name",): {"force_new": True},
        ("restore_source_table_arn",): {"force_new": True},
        ("attribute", "type"): {"no_identity": True},
    },
    "aws_ecr_lifecycle_policy": {("policy",): {"stored_as": "json", "suppress": "lifecycle"}},
    "aws_elasticache_replication_group": {("port",): {"suppress": "default_port"}},
    "aws_kms_alias": {("target_key_id",): {"suppress": "key"}},
    "aws_lb": {
        (block, name): {"suppress": "without_logs"}
        for block in ("access_logs", "connection_logs")
        for name in ("bucket", "prefix")
    },
    "aws_network_acl_rule": {("protocol",): {"suppress": "protocol"}},
    "aws_s3_bucket_lifecycle_configuration": {
        ("rule", "filter", "prefix"): {
            "default_without": ["and", "object_size_greater_than", "object_size_less_than", "tag"]
        },
        ("rule", "transition", "days"): {"default_without": ["date"]},
    },
    "aws_wafv2_web_acl": {("rule", "statement", "rate_based_statement", "evaluation_window_sec"): {"default": 300}},
}
