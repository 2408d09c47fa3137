"""A secret that is missing, empty, or lacks the key that a variable names."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.verifying import secret_keys
from ops.verifying.check import Check, State
from ops.verifying.injected_secrets import check, source_of
from ops.verifying.subject import Subject
from ops.verifying.verify import at_once
from tests.unit.ops.verifying.conftest import SECRET

DENIED = {"__type": "AccessDeniedException", "message": "not authorized"}


@pytest.fixture
def secrets(scripted: Aws, wire: Any) -> Any:
    made = wire(scripted.secretsmanager)
    made.on("DescribeSecret", {"ARN": SECRET, "VersionIdsToStages": {"1": ["AWSCURRENT"]}})
    made.on("GetSecretValue", {"SecretString": '{"secret_key": "hidden", "issuer": "us"}'})
    return made


def states(found: list[Check]) -> list[tuple[str, State]]:
    return [(each.subject, each.state) for each in found]


def test_each_key_of_a_secret_is_checked_with_two_requests(subject: Subject, secrets: Any) -> None:
    assert states(check(subject)) == [("JWT_SECRET_KEY", State.OK), ("JWT_ISSUER", State.OK)]
    assert len(secrets.requests) == 2


def test_a_missing_key_is_named_with_those_that_are_there_and_no_value(subject: Subject, secrets: Any) -> None:
    secrets.on("GetSecretValue", {"SecretString": '{"issuer": "us", "old_key": "hidden"}'})
    failed, kept = check(subject)
    assert (failed.subject, failed.state, kept.state) == ("JWT_SECRET_KEY", State.FAIL, State.OK)
    assert "has the keys: issuer, old_key" in failed.found
    assert "the key secret_key" in failed.wanted
    assert "hidden" not in str(failed)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"__type": "ResourceNotFoundException"}, "there is no secret"),
        ({"ARN": SECRET, "DeletedDate": 1.0}, "is being deleted"),
        ({"ARN": SECRET, "VersionIdsToStages": {"1": ["AWSPENDING"]}}, "has no value yet"),
    ],
)
def test_a_secret_without_a_value_fails_once_for_all_its_variables(
    subject: Subject, secrets: Any, answer: dict[str, Any], found: str
) -> None:
    secrets.on("DescribeSecret", answer)
    (failed,) = check(subject)
    assert (failed.subject, failed.state) == ("JWT_SECRET_KEY, JWT_ISSUER", State.FAIL)
    assert found in failed.found


def test_who_may_not_read_values_does_not_know_the_keys(subject: Subject, secrets: Any) -> None:
    secrets.on("GetSecretValue", DENIED)
    assert states(check(subject)) == [("JWT_SECRET_KEY, JWT_ISSUER", State.UNKNOWN)]


def test_without_the_permission_to_describe_a_secret_its_state_is_unknown(subject: Subject, secrets: Any) -> None:
    secrets.on("DescribeSecret", DENIED)
    (unknown,) = check(subject)
    assert unknown.state is State.UNKNOWN
    assert "DescribeSecret was refused" in unknown.found


def test_a_refusal_names_who_lacks_what_and_no_more(subject: Subject, secrets: Any) -> None:
    words = (
        "User: arn:aws:sts::123456789012:assumed-role/spendsense-dev-deploy/run-1 is not authorized to perform: "
        f"secretsmanager:DescribeSecret on resource: {SECRET} because no identity-based policy allows the "
        "secretsmanager:DescribeSecret action"
    )
    secrets.on("DescribeSecret", {"__type": "AccessDeniedException", "Message": words})
    (unknown,) = check(subject)
    lacks = f"the role spendsense-dev-deploy is not allowed secretsmanager:DescribeSecret on {SECRET}"
    assert unknown.found == f"DescribeSecret was refused: {lacks}"


def test_a_secret_is_asked_for_once_by_all_checks(subject: Subject, secrets: Any) -> None:
    subject.definition["executionRoleArn"] = "arn:aws:iam::123456789012:role/spendsense-local-execution"
    found = at_once(subject, (check, secret_keys.check, check))
    assert [each.state for each in found] == [State.OK] * 4
    assert len(secrets.sent("DescribeSecret")) == 1


def test_a_text_that_is_not_an_object_has_no_keys(subject: Subject, secrets: Any) -> None:
    secrets.on("GetSecretValue", {"SecretString": "hidden"})
    found = check(subject)
    assert [each.state for each in found] == [State.FAIL, State.FAIL]
    assert "hidden" not in str(found)


def test_stage_and_version_of_a_value_are_requested(subject: Subject, secrets: Any) -> None:
    subject.containers[0]["secrets"] = [{"name": "A", "valueFrom": f"{SECRET}:issuer:AWSPREVIOUS:"}]
    (failed,) = check(subject)
    assert "has no value yet" in failed.found
    assert secrets.sent("GetSecretValue") == []


def test_a_parameter_is_requested_by_its_name(subject: Subject, cluster: Any) -> None:
    subject.containers[0]["secrets"] = [{"name": "A", "valueFrom": "arn:aws:ssm:us-west-1:123456789012:parameter/a/b"}]
    cluster.ssm.on("GetParameters", {"Parameters": [], "InvalidParameters": ["/a/b"]})
    assert states(check(subject)) == [("A", State.FAIL)]
    assert cluster.ssm.sent("GetParameters")[0]["Names"] == ["/a/b"]
    cluster.ssm.on("GetParameters", DENIED)
    assert states(check(subject)) == [("A", State.UNKNOWN)]


def test_where_a_value_is_read_from_is_taken_apart() -> None:
    whole = source_of("A", SECRET)
    assert (whole.arn, whole.key) == (SECRET, "")
    part = source_of("A", f"{SECRET}:key:STAGE:version")
    assert (part.arn, part.key, part.stage, part.version) == (SECRET, "key", "STAGE", "version")
    assert source_of("A", "arn:aws:ssm:us-west-1:1:parameter/a").is_secret is False
