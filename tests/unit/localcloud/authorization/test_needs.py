"""The actions that calls of AWS's API need, by the service authorization reference."""

import json
from pathlib import Path

import pytest
import yaml
from botocore.loaders import Loader

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Outcome, Policies, decide
from localcloud.authorization.dependents import (
    ALSO_TAGGED,
    BESIDES_BUCKET,
    BESIDES_OBJECT,
    MANAGED_PASSWORD,
    OTHERWISE,
    PASSED,
)
from localcloud.authorization.needs import needs_of
from localcloud.authorization.operations import OF_VERSIONS, S3, SEVERAL, actions_of
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.reference import action
from localcloud.authorization.resources import Place

PLACE = Place(account_id="111122223333", region="eu-central-1")
TABLE = yaml.load(Path(__file__).with_name("cases").joinpath("needs.yaml").read_text(), yaml.CSafeLoader)
OF_THE_SAME_NAME = {
    "acm": "acm",
    "application-autoscaling": "application-autoscaling",
    "apigatewayv2": "apigateway",
    "backup": "backup",
    "budgets": "budgets",
    "ecs": "ecs",
    "elbv2": "elasticloadbalancing",
    "events": "events",
    "kms": "kms",
    "resourcegroupstaggingapi": "tagging",
    "sesv2": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "sts": "sts",
    "wafv2": "wafv2",
}
"""botocore's services, each with its name in signatures, whose operations all have an action."""


def operations(service: str) -> set[str]:
    return set(Loader().load_service_model(service, "service-2")["operations"])


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case['call'][0]}:{case['call'][1]}")
def test_call_needs_what_the_reference_says(case: dict) -> None:
    service, operation, parameters = case["call"]
    found = needs_of(service, operation, parameters, PLACE)
    assert [(need.action, need.resource) for need in found] == [(each[0], each[1]) for each in case["needs"]]
    for need, (_, _, *keys) in zip(found, case["needs"], strict=True):
        for key, value in (keys[0] if keys else {}).items():
            assert need.keys.single(key) == value


@pytest.mark.parametrize("service", sorted(OF_THE_SAME_NAME))
def test_every_operation_of_a_service_has_an_action(service: str) -> None:
    signed = OF_THE_SAME_NAME[service]
    assert {each for each in operations(service) if not actions_of(signed, each)} == set()


def test_exceptions_are_operations_of_s3_and_lead_to_actions() -> None:
    obsolete = {"GetBucketLifecycle", "PutBucketLifecycle"}
    assert set(S3) <= operations("s3") | obsolete
    for name in (*S3.values(), *OF_VERSIONS, *OF_VERSIONS.values()):
        assert action("s3", name) is not None, name
    for (service, operation), names in SEVERAL.items():
        assert operation in operations(service)
        assert all(action(service, name) is not None for name in names), operation


def test_operations_that_pass_a_role_exist() -> None:
    for service, operation in PASSED:
        assert operation in operations(service), operation
    assert set(MANAGED_PASSWORD) <= operations("rds")


def test_further_actions_are_in_the_reference() -> None:
    unlisted = ("apigateway", "iam")  # the reference lacks API Gateway's TagResource; IAM has several
    tagging = [(service, name) for service, name in ALSO_TAGGED.items() if service not in unlisted]
    further = [("s3", name) for name in (*BESIDES_BUCKET, *BESIDES_OBJECT)]
    by_api = [(service, name) for service, names in OTHERWISE.items() for name in names]
    for service, name in (*tagging, *further, *by_api):
        assert action(service, name) is not None, f"{service}:{name}"


RESTORED = {"TargetDBInstanceIdentifier": "d", "SourceDbiResourceId": "db-1", "SourceDBInstanceAutomatedBackupsArn": (
    "arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-1"
)}  # fmt: skip
BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/n/1"
LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/n/1/2"


@pytest.mark.parametrize(
    ("service", "operation", "given", "action_of_tags", "made"),
    [
        ("rds", "RestoreDBInstanceToPointInTime", RESTORED, "rds:AddTagsToResource",
         "rds:eu-central-1:111122223333:db:d"),
        ("rds", "CreateDBSnapshot", {"DBInstanceIdentifier": "d", "DBSnapshotIdentifier": "s"}, "rds:AddTagsToResource",
         "rds:eu-central-1:111122223333:snapshot:s"),
        ("elasticache", "CreateReplicationGroup", {"ReplicationGroupId": "r", "CacheParameterGroupName": "p"},
         "elasticache:AddTagsToResource", "elasticache:eu-central-1:111122223333:replicationgroup:r"),
        ("elasticloadbalancing", "CreateListener", {"LoadBalancerArn": BALANCER}, "elasticloadbalancing:AddTags",
         "elasticloadbalancing:eu-central-1:111122223333:listener/net/n/1/*"),
        ("elasticloadbalancing", "CreateLoadBalancer", {"Name": "n"}, "elasticloadbalancing:AddTags",
         "elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/n/*"),
        ("elasticloadbalancing", "CreateRule", {"ListenerArn": LISTENER}, "elasticloadbalancing:AddTags",
         "elasticloadbalancing:eu-central-1:111122223333:listener-rule/app/n/1/2/*"),
    ],
)  # fmt: skip
def test_the_created_resource_needs_the_permission_to_tag(
    service: str, operation: str, given: dict[str, object], action_of_tags: str, made: str
) -> None:
    needs = needs_of(service, operation, {**given, "Tags": [{"Key": "a", "Value": "1"}]}, PLACE)
    tagged = [each for each in needs if each.action == action_of_tags]
    assert [each.resource for each in tagged] == [f"arn:aws:{made}"]
    assert tagged[0].keys.single("aws:RequestTag/a") == "1"
    assert all(each.action != action_of_tags for each in needs_of(service, operation, given, PLACE))


def test_operation_that_the_reference_does_not_know_is_authorized_by_its_name() -> None:
    (need,) = needs_of("dynamodb", "ExecuteStatement", {"Statement": "SELECT"}, PLACE)
    assert (need.action, need.resource) == ("dynamodb:ExecuteStatement", "*")


def test_keys_of_tags_are_those_that_a_request_gives_or_removes() -> None:
    (tagged,) = needs_of("kms", "TagResource", {"KeyId": "k", "Tags": [{"TagKey": "a", "TagValue": "1"}]}, PLACE)
    assert tagged.keys.get("aws:TagKeys") == ("a",)
    assert tagged.keys.single("aws:RequestTag/a") == "1"
    (untagged,) = needs_of("kms", "UntagResource", {"KeyId": "k", "TagKeys": ["a", "b"]}, PLACE)
    assert untagged.keys.get("aws:TagKeys") == ("a", "b")


def test_need_is_authorized_as_a_request_of_somebody() -> None:
    (need,) = needs_of("s3", "ListObjectsV2", {"Bucket": "state", "Prefix": "env:/"}, PLACE)
    who = Principal(kind=Kind.USER, arn="arn:aws:iam::111122223333:user/David", account_id="111122223333")
    request = need.as_request(who, Context({"aws:SecureTransport": "true"}), "111122223333")
    allow = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::state"}
    for prefix, outcome in (("env:/", Outcome.ALLOWED), ("prod", Outcome.IMPLICIT_DENY)):
        condition = {"StringEquals": {"s3:prefix": prefix}, "Bool": {"aws:SecureTransport": True}}
        policies = Policies(identity=[read_policy(json.dumps({"Statement": allow | {"Condition": condition}}), "p")])
        assert decide(request, policies).outcome is outcome
