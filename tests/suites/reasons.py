"""The reasons why tests of other suites have different results here, assessed by hand by AWS's rules."""

import re

RIGHTLY, NOT_OFFERED = "AWS refuses it or responds as ours does", "not offered here"
ELSEWHERE = "needs another region or account"
UNPUBLISHED = "AWS's response is not published"

ASSESSED = {
    RIGHTLY: {
        "a task or service on Fargate without a network": "Network Configuration must be provided",
        "a load balancer without subnets in two zones": "At least two subnets in two different Availability Zones",
        "a VPC, subnet or security group that does not exist": (
            r"VPC ID '[^']*' is not found|InvalidSubnet|rejects_invalid_subnets\[missing|"
            r"(subnet|security group|sg-)\S* .*(not found|not exist)"
        ),
        "an identifier with spaces": r"The identifier '[^']* [^']*' is not valid",
        "a rotation without a function": "No Lambda rotation function ARN is associated",
        "a key of KMS that does not exist": "EncryptionFailure",
        "a request signed at another time than now": "Signature expired",
        "a secret that is being deleted, among several that are read": "perform this operation on the secret",
        "a service without a task definition": "TaskDefinition can not be blank",
        "a container without memory of its own or of its task": "At least one of 'memory' or 'memoryReservation'",
        "a capacity provider that does not exist": "specified capacity provider was not found",
        "Fargate with host or bridge network, DAEMON, or a definition for EC2": r"Fargate only supports network mode|"
        r"Fargate does not support the scheduling|does not support launch_type FARGATE|Fargate requires",
        "an account setting of long ARNs switched off": "Invalid value disabled for account setting",
        "a scalable target of a service that does not exist": (
            r"No scalable target (found|registered)|ECS service doesn't exist|"
            r"No scaling policy found|non_existent_service_should_return_clusternotfound"
        ),
        "a metric datum without a value": "MetricData.member.1.Value and",
        "a storage resolution or a time out of bounds": "StorageResolution must be|within the past two weeks",
        "text that is not an ARN, as an alarm's action or elsewhere": "Invalid arn syntax|failed to satisfy constraint",
        "an alarm without a statistic": "Exactly one of Statistic and ExtendedStatistic",
        "log events out of order, or too old to be returned": r"chronological order|pagination_stops",
        "a query of a time before the log group": "before the log groups creation time",
        "a filter pattern with a sign outside quotes": "Invalid filter pattern",
        "a query that has ended is stopped": "query is not running",
        "an image manifest without its media type, and what depends on that image": (
            r"mediatype not provided|test_ecr_(list_images|describe_images|batch_get_image|delete_repository_not_empty)"
        ),
        "a result requested before its query has ended or its alarm was evaluated": (
            r"test_logs_insights_filter_sort_limit|test_cloudwatch_percentile_alarm_reason"
        ),
        "@log with the account before the name": "test_logs_get_log_record_round_trip",
        "a listener without an action that responds, a rule without a condition": (
            r"Exactly one action of the types|A rule must have at least one condition|can have only one 'path-pattern'"
        ),
        "a password, parameter or digest that RDS or ECR does not take": (
            r"The parameter MasterUserP|ImageDigestDoesNotMatch|test_list_images_from_repository_that|"
            r"test_describe_repository_that_doesnt"
        ),
        "a function that does not exist as a log group's destination": "Could not execute the lambda function",
        "behaviour that differs in recordings of AWS": (
            r"test_create_log_group_invalid_name_length|test_put_log_events_in_the_past|test_describe_completed_query|"
            r"test_describe_export_tasks_raises|test_get_metric_data_(partially|with_custom_label)"
        ),
        "a function, role or key that does not exist": (
            r"Resource not found for ARN|function not found|does not exist or"
        ),
        "data points in one unit, of one set of dimensions, without repetition; INSUFFICIENT_DATA before the first": (
            r"test_list_metrics\b|test_list_metrics_paginated|test_get_metric_statistics_dimensions|"
            r"test_get_metric_data_for_(unit|dimensions)|test_put_metric_alarm_with_percentile|test_alarm_state\b"
        ),
        "an old DB instance class, on which PostgreSQL 16 does not run": (
            r"DBInstanceClass=db\.m1|test_create_database_(invalid_)?preferred_|test_validate_db_identifier"
        ),
        "a DB subnet group in one zone": "DBSubnetGroupDoesNotCoverEnoughAZs",
        "a task that has not started immediately": "assert 'PROVISIONING' == 'RUNNING'",
        "a metric filter's value that is neither a number nor a selector": (
            r"is neither a number nor a selector|test_delete_metric_filter\b"
        ),
        "a subscription's destination without the role it needs, or of a kind that has none": (
            "cannot be used without roleArn|cannot work with destinationArn for vendor"
        ),
        "a query that cannot be parsed, of a log group that does not exist": "test_start_query__unknown_log_group",
        "a page's token as the emulator writes it": r"specified nextToken is invalid|test_describe_log_streams_paging",
        "a resource policy that is not JSON": "policy document is not a JSON object",
        "a trust policy that is none": "MalformedPolicyDocument",
        "an account setting with its principal and type": r"test_(put|delete)_account_setting\b",
        "a set of values as AWS's newer model has it": (
            r"test_set_ip_address_type\b|test_ip_address_type_validation|application-INVALID|test_with_invalid_filter_key|"
            r"test_create_service_errors|test_run_task_exceptions|test_list_account_settings_wrong_name"
        ),
        "tags of an ARN of another account": r"test_list_tags_(db|snapshot|cache_cluster|exceptions)\b",
        "ALPN for a listener without TLS": "ALPN policies are for TLS listeners",
        "new resources are `creating` at first, without endpoint and snapshots": (
            r"test_create_replication_group_cluster_disabled|test_rds_create KeyError: 'Endpoint'|"
            r"not currently in the available state"
        ),
        "50 tags of a resource, 400 load balancers on a page, all attributes of a target group": (
            r"test_add_remove_tags\b|test_describe_paginated_balancers|test_target_group_attributes AssertionError"
        ),
        "balancing across zones, which an Application Load Balancer always does": "cannot be 'false': application load",
        "an HTTPS listener without a certificate": "test_modify_listener_http_to_https",
        "text that is not an ARN, distinguished from an ARN of a missing resource": (
            r"test_(add|describe)_unknown_listener_certificate|test_describe_unknown_rule|"
            r"test_create_listener_with_invalid_target_group"
        ),
        "stickiness without its duration, a redirect to a path without a slash": (
            r"DurationSeconds to enable|must start with a '/'"
        ),
        "two listeners of one load balancer on one port": "DuplicateListener",
        "an empty list of tags, no network mode, no list of queries, where there is none": (
            r"test_create_cluster_with_tags|test_describe_clusters\b|KeyError: '(networkMode|Metrics)'"
        ),
        "a deleted cluster is not listed": r"test_delete_cluster\b",
        "the digest of a manifest, an image that has lost its tag, the same image twice": (
            r"test_put_multiple_images_with_same_tag|test_list_same_image_with_multiple_tags|ImageAlreadyExists"
        ),
        "constraints of AWS's model, reported before the service's own": (
            r"test_with_no_filter_key|test_get_random_too_long_password|test_logs_start_live_tail_rejects_star_arn"
        ),
        "a token of another length, an error that is reported only in the body": (r"test_put_logs\b|carries_errortype"),
        "Live Tail shows only events that arrive after its start": "test_start_live_tail_returns_session_events",
        "a JSON pattern that no line matches": "test_unknown_pattern",
        "a parameter group that does not exist": "test_describe_non_existent_db_parameter_group",
        "a resource id in place of an instance's name: the API has a filter for it": "describe_by_dbi_resource_id",
    },
    NOT_OFFERED: {
        "operations that are answered with 501": (
            r"OperationNotSupported|does not offer|not been implemented|"
            r"InvalidAction' ==|\b501\b"
        ),
        "EC2 instances as targets": "test_register_targets",
        "checks of other services' log deliveries, which write nothing here": (
            r"test_logs_delivery_(source|destination)_rejects|Cannot access provided service"
        ),
        "instance classes other than those of new instances": "test_rds_describe_orderable_db_instance_options",
        "CloudFormation of our services": "Unrecognized resource types|test_ecr_cloudformation",
        "engines other than PostgreSQL and Redis, clusters of shards": r"runs redis only|one node group only|"
        r"(only|runs) postgres|PostgreSQL only|Invalid DB engine|engine '?(mysql|mariadb|aurora|oracle|sqlserver)|"
        r"cluster mode disabled only|test_create_instance_with_non_existent_cluster",
        "WebSocket APIs, and names of an API in DNS": (
            r"test_ws_|websocket|serves HTTP APIs only|execute_api_http|execute-api|"
            r"Name or service not known|failure in name resolution"
        ),
        "parameter group families and versions other than those of PostgreSQL 16": (
            r"ParameterGroupFamil|postgres_18|aurora|engine_versions"
        ),
        "load balancers, protocols, targets, actions and attributes other than HTTP to addresses": (
            r"the local cloud (has|reaches|does not write)|available in the local cloud|InvalidConfigurationRequest' =="
        ),
        "a second region to replicate to": "Invalid replica region",
        "the API of a container registry without docker login": r"test_v2_",
        "functions that run": (
            r"2015-03-31/functions|test_rotate_secret_using_lambda|test_put_subscription_filter_errors"
        ),
        "events of Secrets Manager": "test_secret_label_updated_event",
        "metrics of S3": "test_cloudwatch_return_s3_metrics",
        "a load balancer's name in DNS: it has an address": "assert '127.0.0.1' == 'my-lb-1",
    },
    ELSEWHERE: {
        "the same name in two regions": r"region[_-]?(scoped|isolated|iso|same|scope)|regional-same|scope-|per_region|"
        r"wrong_region|copies_resource_policy|replicate_secret|be_replicated|force_overwrite|arn_parser|wrong_scope|"
        r"tag_arns_must_parse|arns?_stay|foreign_scope|request_region",
        "a bucket in a region that the suite names differently": "IllegalLocationConstraint",
        "ids that the emulator takes from tags": "ms_custom_id|ls_custom_id|custom_id_dup",
        "ARNs of the account 000000000000": r"Cross-account|000000000000|111111111111|identifier_arn|fields_identifier",
        "the emulator's own endpoints, modules or Docker": r"/_ministack|block_the_loop|dockerx?\b|No module named",
        "a region of another partition": r"is not a region of AWS \(partition",
        "a third zone of the region": r"\(us-west-1c\)|test_create_elb_in_multiple_region",
    },
    UNPUBLISHED: {
        "other words for the same refusal": (
            r"test_describe_container_instances_exceptions|test_create_user_invalid_authentication_type|"
            r"test_start_live_tail_rejects_stream_|test_describe_export_tasks_fails_unknown_task|"
            r"missing_user_group_fails"
        ),
        "which of two mistakes is reported": (
            r"test_delete_non_existent_database|before_source\[not-an-arn|test_elasticache_default_parameter_groups"
        ),
        "a percentile between two values": "extended_percentile",
        "members that were not requested: @ptr, the root of a volume, streams of a tail": (
            r"KeyError: '(@ptr|logStreamNames)'|use_efs_root"
        ),
        "the status of a managed password that has been changed immediately": "managed_master_user_password_lifecycle",
    },
}
"""Kind -> reason -> pattern of a test's name and end."""


def reason_of(test: str, error: str) -> tuple[str, str]:
    """Kind and reason; empty when nobody has assessed it."""
    text = f"{test} {error}"
    for kind, reasons in ASSESSED.items():
        for reason, pattern in reasons.items():
            if re.search(pattern, text, re.I | re.S):
                return kind, reason
    return "", ""
