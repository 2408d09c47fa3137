"""Tags that AWS refuses are refused for every service, however it lists them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.endpoint.checks.tags import RULES, check_tags
from localcloud.errors import AwsError
from localcloud.protocol.service_models import models_of
from localcloud.protocol.wire import AwsRequest

Tags = Mapping[str, str]
FIELDS = {
    "sns": "Tags.member.{}.{}",
    "iam": "Tags.member.{}.{}",
    "rds": "Tags.Tag.{}.{}",
    "elasticache": "Tags.Tag.{}.{}",
    "ec2": "TagSpecification.1.Tag.{}.{}",
}
MEMBERS = {"backup": "BackupVaultTags", "budgets": "ResourceTags", "apigateway": "tags", "ecr": "tags"}
OF_MAPS = ("apigateway", "application-autoscaling", "backup", "lambda", "tagging")
COMMON_CODES = {"InvalidParameterValue", "ValidationError", "ValidationException"}


def tagging(service: str, tags: list[tuple[str, str]], operation: str = "CreateX") -> AwsRequest:
    form: dict[str, str] = {}
    document: dict[str, Any] = {}
    if service in FIELDS:
        for place, pair in enumerate(tags, 1):
            form |= {
                FIELDS[service].format(place, part): text for part, text in zip(("Key", "Value"), pair, strict=True)
            }
    else:
        listed = [{"Key": key, "Value": value} for key, value in tags]
        document[MEMBERS.get(service, "Tags")] = dict(tags) if service in OF_MAPS else listed
    return AwsRequest(
        method="POST",
        path="/",
        query_string="",
        headers={},
        body=b"" if form else json.dumps(document).encode(),
        service=service,
        operation=operation,
        form=form,
    )


@pytest.mark.parametrize("service", RULES)
def test_aws_keeps_tags_for_itself(service: str) -> None:
    for key in ("aws:createdBy", "AWS:x"):
        with pytest.raises(AwsError) as refused:
            check_tags(tagging(service, [("team", "a"), (key, "b")]))
        assert refused.value.code == RULES[service].code
    check_tags(tagging(service, [("team", "a"), ("Name", ""), ("awsome", "aws:x")]))


@pytest.mark.parametrize("service", RULES)
def test_a_resource_has_at_most_fifty_tags_with_keys_of_their_own(service: str) -> None:
    fifty = [(str(number), "x") for number in range(50)]
    check_tags(tagging(service, fifty))
    with pytest.raises(AwsError) as refused:
        check_tags(tagging(service, [*fifty, ("one more", "x")]))
    assert refused.value.code == (RULES[service].too_many or RULES[service].code)
    if service not in OF_MAPS:
        with pytest.raises(AwsError):
            check_tags(tagging(service, [("a", "x"), ("b", "x"), ("a", "y")]))


@pytest.mark.parametrize("service", [name for name, rule in RULES.items() if not rule.by_model])
@pytest.mark.parametrize("tag", [("", "x"), ("a" * 129, "x"), ("a", "x" * 257)])
def test_tags_have_a_longest_key_and_value(service: str, tag: tuple[str, str]) -> None:
    with pytest.raises(AwsError):
        check_tags(tagging(service, [tag]))


@pytest.mark.parametrize("service", ["rds", "elasticache"])
@pytest.mark.parametrize("tag", [("what?", "x"), ("a", "<x>"), ("a", "x,y")])
def test_databases_and_caches_take_some_characters_only(service: str, tag: tuple[str, str]) -> None:
    with pytest.raises(AwsError, match="can only contain letters"):
        check_tags(tagging(service, [tag]))
    check_tags(tagging(service, [("größe_1", "a b.c:d/e=f+g-h@i")]))


def test_rds_keeps_its_own_prefix_too() -> None:
    with pytest.raises(AwsError, match="rds:"):
        check_tags(tagging("rds", [("rds:x", "a")]))


@pytest.mark.parametrize("operation", ["UntagResource", "ListTagsForResource", "GetResources", "DescribeTags"])
def test_reading_and_removing_tags_names_any_key(operation: str) -> None:
    check_tags(tagging("tagging", [("aws:x", "a")], operation))


@pytest.mark.parametrize("service", [name for name in RULES if name != "ec2"])  # EC2's model has no errors.
def test_the_codes_are_those_of_the_service(service: str) -> None:
    shapes = [shape for model in models_of(service) for shape in model.error_shapes]
    known = {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes} | COMMON_CODES
    assert {RULES[service].code, RULES[service].too_many} - {""} <= known
