"""The deploy role's trust against a job's claims; IAM's responses are scripted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.daily.finding import Grade
from ops.daily.identity_token import Claims
from ops.daily.oidc_trust import compared, for_github, oidc_trust

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SUBJECTS = ["repo:acme/spendsense:environment:local", "repo:acme@1/spendsense@2:environment:local"]
JOB = {"sub": SUBJECTS[0], "aud": "sts.amazonaws.com", "ref": "refs/heads/main"}
GITHUB = {
    "Effect": "Allow",
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Principal": {"Federated": PROVIDER},
    "Condition": {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": SUBJECTS,
            "token.actions.githubusercontent.com:ref": ["refs/heads/main"],
        }
    },
}
PEOPLE = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:user/jane"}}


def compared_with(said: dict[str, str], *, is_real: bool = True) -> tuple[Grade, str]:
    found = compared(
        "spendsense-local-deploy", for_github({"Statement": [PEOPLE, GITHUB]}), Claims(said=said, is_real=is_real)
    )
    return found.grade, found.found


def test_a_job_whose_claims_are_as_required_is_admitted() -> None:
    assert compared_with(JOB) == (Grade.OK, f"spendsense-local-deploy admits the token, {SUBJECTS[0]}")
    assert compared_with({**JOB, "sub": SUBJECTS[1]})[0] is Grade.OK


def test_each_condition_that_refuses_is_named_with_the_claim() -> None:
    grade, found = compared_with({**JOB, "sub": "repo:acme/spendsense:ref:refs/heads/main", "ref": "refs/heads/try"})
    assert grade is Grade.FAIL
    assert f"sub should be {SUBJECTS[0]} or {SUBJECTS[1]}, found repo:acme/spendsense:ref:refs/heads/main" in found
    assert "ref should be refs/heads/main, found refs/heads/try" in found
    assert "aud" not in found


def test_a_checkout_may_be_another_so_it_is_a_warning() -> None:
    assert compared_with({**JOB, "sub": "repo:fork/spendsense:environment:local"}, is_real=False)[0] is Grade.WARN


def test_patterns_match_as_patterns_only_where_the_operator_says_so() -> None:
    like = json.loads(json.dumps(GITHUB).replace("StringEquals", "StringLike").replace(SUBJECTS[0], "repo:acme/*"))
    found = compared("r", for_github({"Statement": like}), Claims(said={"sub": "repo:acme/other:x"}, is_real=True))
    assert found.grade is Grade.OK


@pytest.fixture
def iam(scripted: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.delenv("AWS_WEB_IDENTITY_TOKEN_FILE", raising=False)
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/spendsense")
    with Stubber(scripted.iam) as stubber:
        yield stubber


def role(*statements: Any) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    facts = {"Path": "/", "RoleName": "r", "RoleId": "A" * 16, "Arn": "a" * 20, "CreateDate": "2026-01-01T00:00:00Z"}
    return {"Role": {**facts, "AssumeRolePolicyDocument": json.dumps(document)}}


def test_role_and_provider_are_read(scripted: Aws, iam: Stubber) -> None:
    iam.add_response("get_role", role(PEOPLE, GITHUB), {"RoleName": "spendsense-local-deploy"})
    iam.add_response("get_open_id_connect_provider", {"ClientIDList": ["sts.amazonaws.com"]})
    found = oidc_trust(scripted)
    assert (found.grade, found.found) == (
        Grade.OK,
        f"spendsense-local-deploy admits a job of this checkout, {SUBJECTS[0]}",
    )


def test_a_provider_that_is_gone_or_expects_others_fails(scripted: Aws, iam: Stubber) -> None:
    iam.add_response("get_role", role(GITHUB))
    iam.add_client_error("get_open_id_connect_provider", "NoSuchEntity")
    assert "does not exist" in oidc_trust(scripted).found
    iam.add_response("get_role", role(GITHUB))
    iam.add_response("get_open_id_connect_provider", {"ClientIDList": ["another"]})
    found = oidc_trust(scripted)
    assert (found.grade, "accepts another, not sts.amazonaws.com" in found.found) == (Grade.FAIL, True)


def test_without_a_role_or_a_way_in_for_jobs_it_is_a_warning(scripted: Aws, iam: Stubber) -> None:
    iam.add_client_error("get_role", "NoSuchEntity")
    assert "there is no role spendsense-local-deploy" in oidc_trust(scripted).found
    iam.add_response("get_role", role(PEOPLE))
    found = oidc_trust(scripted)
    assert (found.grade, "no GitHub job may" in found.found) == (Grade.WARN, True)


def test_without_the_permission_to_read_the_role_the_claims_are_shown_to_compare(scripted: Aws, iam: Stubber) -> None:
    iam.add_client_error("get_role", "AccessDenied", "not authorized to perform: iam:GetRole")
    found = oidc_trust(scripted)
    assert (found.grade, f"sub={SUBJECTS[0]}" in found.found) == (Grade.WARN, True)
