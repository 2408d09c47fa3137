"""Roles that are gone, that nobody may assume, or that lack what a task needs to start."""

from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.verifying.check import State
from ops.verifying.roles import check, refused
from ops.verifying.subject import Subject
from tests.unit.ops.verifying.conftest import SECRET

ARN = "arn:aws:iam::123456789012:role/spendsense-local-execution"
STARTS = 4  # image, log in, logs, secrets


def role(service: str = "ecs-tasks.amazonaws.com") -> dict[str, Any]:
    """IAM's description of a role that a service may assume."""
    trust = f'{{"Statement": [{{"Principal": {{"Service": "{service}"}}}}]}}'
    made = {"Path": "/", "RoleName": "spendsense-local-execution", "RoleId": "A" * 16, "Arn": ARN}
    return {"Role": {**made, "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust}}


def decided(action: str, decision: str = "allowed") -> dict[str, Any]:
    return {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": decision, "EvalResourceName": SECRET}]}


@pytest.fixture
def iam(subject: Subject, scripted: Aws) -> Any:
    subject.definition["executionRoleArn"] = ARN
    with Stubber(scripted.iam) as stubbed:
        yield stubbed


def test_the_execution_role_may_do_what_starting_a_task_needs(subject: Subject, iam: Any) -> None:
    iam.add_response("get_role", role())
    for _ in range(STARTS):
        iam.add_response("simulate_principal_policy", decided("ecr:BatchGetImage"))
    found = check(subject)
    assert [each.state for each in found] == [State.OK] * (1 + STARTS)
    iam.assert_no_pending_responses()


def test_what_is_denied_fails_with_action_and_resource(subject: Subject, iam: Any) -> None:
    iam.add_response("get_role", role())
    for _ in range(STARTS - 1):
        iam.add_response("simulate_principal_policy", decided("ecr:BatchGetImage"))
    iam.add_response("simulate_principal_policy", decided("secretsmanager:GetSecretValue", "implicitDeny"))
    failed = check(subject)[-1]
    assert failed.state is State.FAIL
    assert failed.found == f"{ARN} is not allowed secretsmanager:GetSecretValue on {SECRET}"


def test_a_denial_is_reported_once_for_all_its_resources_and_actions() -> None:
    def denied(action: str, resource: str, decision: str = "implicitDeny") -> dict[str, Any]:
        return {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision}

    secrets = [SECRET.replace("jwt", each) for each in ("accounts", "jwt", "redis")]
    reading = [denied("secretsmanager:GetSecretValue", each) for each in secrets]
    assert list(refused(reading, "secrets")) == [
        "is not allowed secretsmanager:GetSecretValue on 3 secrets: accounts, jwt, redis"
    ]
    streams = [f"arn:aws:logs:us-west-1:1:log-group:/ecs/{each}:log-stream:backend/backend/1" for each in "ab"]
    writing = [denied(f"logs:{action}", each, "explicitDeny") for action in ("Create", "Put") for each in streams]
    assert list(refused(writing, "log groups")) == ["is denied by a policy logs:Create, logs:Put on 2 log groups: a, b"]


def test_a_role_that_is_gone_or_of_another_service_fails_and_is_not_simulated(subject: Subject, iam: Any) -> None:
    iam.add_client_error("get_role", "NoSuchEntity")
    iam.add_response("get_role", role("lambda.amazonaws.com"))
    gone, foreign = check(subject), check(subject)
    assert [each.state for each in [*gone, *foreign]] == [State.FAIL, State.FAIL]
    assert "does not name ecs-tasks.amazonaws.com" in foreign[0].found


def test_who_may_not_simulate_does_not_know(subject: Subject, iam: Any) -> None:
    iam.add_client_error("get_role", "AccessDenied")
    for _ in range(STARTS):
        iam.add_client_error("simulate_principal_policy", "AccessDenied")
    assert {each.state for each in check(subject)} == {State.UNKNOWN}
