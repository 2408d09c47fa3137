"""Names: the owner is in all of them, and the longest fits every limit (T7)."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.terraform.plan import Plan

# type -> attribute, most characters, what it may be made of. AWS's own limits.
LIMITS = {
    "aws_apigatewayv2_api": ("name", 128, r".+"),
    "aws_appautoscaling_policy": ("name", 255, r".+"),
    "aws_backup_plan": ("name", 50, r"[A-Za-z0-9_.-]+"),
    "aws_backup_selection": ("name", 50, r"[A-Za-z0-9_.-]+"),
    "aws_backup_vault": ("name", 50, r"[A-Za-z0-9_-]+"),
    "aws_cloudwatch_dashboard": ("dashboard_name", 255, r"[A-Za-z0-9_-]+"),
    "aws_cloudwatch_event_rule": ("name", 64, r"[A-Za-z0-9_.-]+"),
    "aws_cloudwatch_log_group": ("name", 512, r"[A-Za-z0-9_./#-]+"),
    "aws_cloudwatch_log_metric_filter": ("name", 512, r"[^:*]+"),
    "aws_cloudwatch_metric_alarm": ("alarm_name", 255, r".+"),
    "aws_db_instance": ("identifier", 63, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "aws_db_parameter_group": ("name", 255, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "aws_db_subnet_group": ("name", 255, r"[a-z0-9 ._-]+"),
    "aws_dynamodb_table": ("name", 255, r"[A-Za-z0-9_.-]+"),
    "aws_ecr_repository": ("name", 256, r"[a-z0-9]+([._/-][a-z0-9]+)*"),
    "aws_ecs_cluster": ("name", 255, r"[A-Za-z0-9_-]+"),
    "aws_ecs_service": ("name", 255, r"[A-Za-z0-9_-]+"),
    "aws_ecs_task_definition": ("family", 255, r"[A-Za-z0-9_-]+"),
    "aws_elasticache_parameter_group": ("name", 255, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "aws_elasticache_replication_group": ("replication_group_id", 40, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "aws_elasticache_subnet_group": ("name", 255, r"[a-z0-9-]+"),
    "aws_iam_role": ("name", 64, r"[\w+=,.@-]+"),
    "aws_iam_role_policy": ("name", 128, r"[\w+=,.@-]+"),
    "aws_kms_alias": ("name", 256, r"alias/(?!aws/)[A-Za-z0-9/_-]+"),
    "aws_lb": ("name", 32, r"(?!internal-)[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]"),
    "aws_lb_target_group": ("name", 32, r"[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]"),
    "aws_s3_bucket": ("bucket", 63, r"[a-z0-9][a-z0-9-]*[a-z0-9]"),
    "aws_secretsmanager_secret": ("name", 512, r"[A-Za-z0-9/_+=.@-]+"),
    "aws_security_group": ("name", 255, r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+"),
    "aws_sns_topic": ("name", 256, r"[A-Za-z0-9_-]+"),
    "aws_ssm_parameter": ("name", 1011, r"/[A-Za-z0-9_./-]+"),
    "aws_wafv2_ip_set": ("name", 128, r"[A-Za-z0-9_-]+"),
    "aws_wafv2_web_acl": ("name", 128, r"[A-Za-z0-9_-]+"),
}
# Within their parent, or of AWS's own choosing: nothing to collide with in an account.
NAMED_INSIDE = {
    "aws_apigatewayv2_stage",
    "aws_apigatewayv2_vpc_link",
    "aws_default_security_group",
    "aws_ecs_service",
    "aws_iam_role_policy",
}


def names(plan: Plan) -> list[tuple[str, str]]:
    return [(each.type, each[LIMITS[each.type][0]]) for each in plan.resources if each.type in LIMITS]


def test_T7_every_name_fits_its_limit_in_every_environment(plan: Plan) -> None:
    for kind, name in names(plan):
        _, most, form = LIMITS[kind]
        # A name that is not cut grows by what the longest environment has more letters.
        longest = len(name) + (len("staging") - len(plan.environment) if plan.name in name else 0)
        assert longest <= most, f"{kind} {name}"
        assert re.fullmatch(form, name), f"{kind} {name}"


def test_T7_every_type_that_has_a_name_is_looked_at(everything: Plan) -> None:
    named = {each.type for each in everything.resources if isinstance(each.values.get("name"), str)}
    assert named - NAMED_INSIDE <= LIMITS.keys()


def test_T7_whatever_must_be_unique_in_an_account_carries_environment_and_owner(everything: Plan) -> None:
    mark = f"{everything.environment}-{everything.variables['owner_id']}"
    short = everything.one("aws_lb")["name"]
    for kind, name in names(everything):
        if kind not in NAMED_INSIDE:
            assert mark in name or name.startswith(short), f"{kind} {name}"


@pytest.mark.full
def test_T7_two_owners_share_no_name_with_each_other_or_with_the_one_without() -> None:
    from tests.terraform.planning import planned

    sets = [
        {pair for pair in names(planned(variant)) if pair[0] not in NAMED_INSIDE}
        for variant in ("dev", "dev-owner", "staging-owner")
    ]
    assert all(not a & b for a in sets for b in sets if a is not b)


Metric = tuple[str, str, tuple[tuple[str, str], ...]]


def metrics(plan: Plan) -> set[Metric]:
    """Namespace, name and dimensions of everything that an alarm watches, a filter counts or the service writes."""
    found: set[Metric] = set()
    for alarm in plan.of("aws_cloudwatch_metric_alarm"):
        queried = [query["metric"][0] for query in alarm["metric_query"] or [] if query["metric"]]
        for each in [*queried, *([alarm.values] if alarm["metric_name"] else [])]:
            found.add((each["namespace"], each["metric_name"], dimensions_of(each, plan)))
    for each in plan.of("aws_cloudwatch_log_metric_filter"):
        (transformation,) = each["metric_transformation"]
        found.add((transformation["namespace"], transformation["name"], ()))
    return found


def dimensions_of(metric: Any, plan: Plan) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, of_its_own(value, plan)) for name, value in (metric["dimensions"] or {}).items()))


def of_its_own(text: str, plan: Plan) -> str:
    """Make a value that AWS would choose differ between deployments. The stand-in names the resource in the code."""
    return text.replace("module-", f"{plan.name}-module-")


def namespace_of_the_service(plan: Plan) -> str:
    (found,) = [each["value"] for each in plan.container["environment"] if each["name"] == "METRICS_NAMESPACE"]
    return str(found)


# A certificate may be shared, and then ends for all who share it.
SHARED_NAMESPACES = {"AWS/CertificateManager"}


def share_nothing(plans: list[Plan]) -> None:
    namespaces = [namespace_of_the_service(plan) for plan in plans]
    assert len(set(namespaces)) == len(plans)
    for a, b in combinations(plans, 2):
        assert {each for each in metrics(a) & metrics(b) if each[0] not in SHARED_NAMESPACES} == set()
        texts = [json.dumps(plan.one("aws_cloudwatch_dashboard")["dashboard_body"]) for plan in (a, b)]
        for other, text in zip((b, a), texts, strict=True):
            assert f"{namespace_of_the_service(other)}\\" not in text
    # What the service itself counts is where its own alarm looks.
    for plan, namespace in zip(plans, namespaces, strict=True):
        assert (namespace, "RateLimitsUnavailable", (("Environment", plan.environment),)) in metrics(plan)


def test_T7_two_deployments_in_an_account_share_no_metric(dev: Plan, everything: Plan) -> None:
    assert len(metrics(dev)) > 20
    share_nothing([dev, everything])


@pytest.mark.full
def test_T7_two_owners_share_no_metric_with_each_other_or_with_the_one_without() -> None:
    from tests.terraform.planning import planned

    share_nothing([planned(variant) for variant in ("dev", "dev-owner", "staging-owner")])


def test_T7_an_event_rule_matches_its_own_deployment_only(dev: Plan, everything: Plan) -> None:
    mine, others = (
        {each.index: of_its_own(each["event_pattern"], plan) for each in plan.of("aws_cloudwatch_event_rule")}
        for plan in (dev, everything)
    )
    assert mine.keys() == others.keys()
    for rule, pattern in mine.items():
        assert pattern != others[rule]
        assert everything.name not in pattern


def test_T7_names_without_a_name_say_whose_they_are_in_their_tags(plan: Plan) -> None:
    for kind in (
        "aws_vpc",
        "aws_subnet",
        "aws_nat_gateway",
        "aws_internet_gateway",
        "aws_route_table",
        "aws_vpc_endpoint",
    ):
        for each in plan.of(kind):
            assert each["tags"]["Name"].startswith(plan.name), each.address
    owner = plan.variables["owner_id"] or "shared"
    for each in plan.of("aws_vpc") + plan.of("aws_s3_bucket") + plan.of("aws_ecs_service"):
        assert each["tags_all"]["owner_id"] == owner, each.address
        assert each["tags_all"]["environment"] == plan.environment
