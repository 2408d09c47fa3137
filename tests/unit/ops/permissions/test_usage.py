"""The permissions that a role used, never used and lacked, and its smallest policy."""

from ops.permissions.usage import kept_for, smallest_policy, usage_of
from tests.unit.ops.permissions.roles import ARN, DOCUMENT, PARAMETERS, ROLE, SERVICE, decided

RECORD = [
    decided("ecs:DescribeServices", SERVICE, count=40),
    decided("ssm:GetParameter", f"{PARAMETERS}/shape", count=2),
    decided("ecr:DescribeImages", "arn:aws:ecr:us-west-1:123456789012:repository/spendsense-backend"),
    decided("ecs:UpdateService", SERVICE, principal=ARN.replace("deploy", "operate")),
    decided("ecs:CreateService", SERVICE, is_allowed=False, count=3),
]


def test_what_was_allowed_was_used_and_what_was_denied_was_lacked() -> None:
    usage = usage_of(ROLE, RECORD, {})
    assert usage.used == {"ecr:DescribeImages": 1, "ecs:DescribeServices": 40, "ssm:GetParameter": 2}
    assert usage.lacked == {("ecs:CreateService", SERVICE): 3}


def test_an_action_is_unused_in_each_statement_that_nothing_needed() -> None:
    usage = usage_of(ROLE, RECORD, {"ecs:UpdateService": "only on Mondays"})
    assert [(each.statement, each.action, each.reason) for each in usage.unused] == [
        ("Service", "ecs:UpdateService", "only on Mondays")
    ]
    nothing = usage_of(ROLE, [], {})
    assert [each.action for each in nothing.unused] == [
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "ssm:GetParameter",
        "ecr:*",
    ]


def test_the_same_action_on_another_resource_does_not_count() -> None:
    elsewhere = [decided("ecs:UpdateService", SERVICE.replace("local", "other"))]
    assert "ecs:UpdateService" in {each.action for each in usage_of(ROLE, elsewhere, {}).unused}


def test_the_smallest_policy_keeps_conditions_and_what_was_used() -> None:
    service, parameters, images, _ = DOCUMENT["Statement"]
    assert smallest_policy(ROLE, RECORD) == {
        "Version": "2012-10-17",
        "Statement": [
            {**service, "Action": ["ecs:DescribeServices"], "Resource": [SERVICE]},
            {**parameters, "Action": ["ssm:GetParameter"], "Resource": [f"{PARAMETERS}/shape"]},
            {**images, "Action": ["ecr:*"], "Resource": [images["Resource"]]},
        ],
    }
    assert smallest_policy(ROLE, [])["Statement"] == []


def test_what_stays_unused_has_a_reason_in_words() -> None:
    assert all(len(reason) > 5 for role in ("deploy", "operate", "recover") for reason in kept_for(role).values())
    assert kept_for("of nobody") == {}
