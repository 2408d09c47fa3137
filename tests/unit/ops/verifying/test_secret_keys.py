"""The execution role must be able to decrypt the secrets, whose keys Secrets Manager names."""

from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.verifying.check import State
from ops.verifying.secret_keys import check
from ops.verifying.subject import Subject
from tests.unit.ops.verifying.conftest import SECRET

ROLE = "arn:aws:iam::123456789012:role/spendsense-local-execution"
KEY = "arn:aws:kms:us-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
THROUGH = {
    "ContextKeyName": "kms:ViaService",
    "ContextKeyType": "string",
    "ContextKeyValues": ["secretsmanager.us-west-1.amazonaws.com"],
}


@pytest.fixture
def secrets(subject: Subject, scripted: Aws, wire: Any) -> Any:
    subject.definition["executionRoleArn"] = ROLE
    made = wire(scripted.secretsmanager)
    made.on("DescribeSecret", {"ARN": SECRET, "KmsKeyId": KEY})
    return made


def test_a_role_that_may_not_decrypt_fails_with_the_key(subject: Subject, secrets: Any, scripted: Aws) -> None:
    expected = {
        "PolicySourceArn": ROLE,
        "ActionNames": ["kms:Decrypt"],
        "ResourceArns": [KEY],
        "ContextEntries": [THROUGH],
    }
    result = {"EvalActionName": "kms:Decrypt", "EvalResourceName": KEY}
    with Stubber(scripted.iam) as iam:
        for decision in ("implicitDeny", "allowed"):
            answer = {"EvaluationResults": [{**result, "EvalDecision": decision}]}
            iam.add_response("simulate_principal_policy", answer, expected)
        (failed,), (fine,) = check(subject), check(subject)
    assert (failed.state, fine.state) == (State.FAIL, State.OK)
    assert failed.subject == "execution role may decrypt the secrets"
    assert failed.found == f"{ROLE} is not allowed kms:Decrypt on {KEY}"


@pytest.mark.parametrize(
    "answer", [{"ARN": SECRET}, {"KmsKeyId": "alias/aws/secretsmanager"}, {"__type": "ResourceNotFoundException"}]
)
def test_with_awss_own_key_or_no_secret_nothing_is_asked(
    subject: Subject, secrets: Any, answer: dict[str, str]
) -> None:
    secrets.on("DescribeSecret", answer)
    assert check(subject) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"KmsKeyId": "alias/own"}, "arn:aws:kms:us-west-1:123456789012:alias/own"),
        ({"__type": "AccessDeniedException", "message": "not authorized"}, "AccessDeniedException"),
    ],
)
def test_a_key_that_is_not_known_is_unknown(subject: Subject, secrets: Any, answer: dict[str, str], found: str) -> None:
    secrets.on("DescribeSecret", answer)
    (unknown,) = check(subject)
    assert unknown.state is State.UNKNOWN
    assert found in unknown.found


def test_who_may_not_simulate_does_not_know(subject: Subject, secrets: Any, scripted: Aws) -> None:
    secrets.on("DescribeSecret", {"KmsKeyId": KEY.rpartition("/")[2]})
    with Stubber(scripted.iam) as iam:
        iam.add_client_error("simulate_principal_policy", "AccessDenied")
        (unknown,) = check(subject)
    assert (unknown.state, unknown.subject) == (State.UNKNOWN, "execution role may decrypt the secrets")
