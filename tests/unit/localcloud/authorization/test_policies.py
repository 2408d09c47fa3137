"""Reading policies: what AWS would have refused is refused, with its place."""

import json

import pytest

from localcloud.authorization.errors import PolicyError
from localcloud.authorization.policies import read_policy

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def test_one_statement_may_stand_without_a_list() -> None:
    read = read_policy(json.dumps({"Statement": ALLOW}), "p")
    assert [each.label for each in read.statements] == ["1"]
    assert not read.statements[0].has_variables


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "p: the document should be JSON"),
        ("[]", "p: the document should be an object with Statement"),
        (json.dumps({"Statement": ["x"]}), "p, statement 1: Statement should be an object"),
        (json.dumps({"Statement": [ALLOW, ALLOW | {"Effect": "allow"}]}), "p, statement 2: Effect should be Allow"),
        (json.dumps({"Statement": ALLOW | {"NotAction": "s3:*"}}), "p, statement 1: Action should be given, or Not"),
        (json.dumps({"Statement": ALLOW | {"Resource": [1]}}), "p, statement 1: Resource should be a string"),
        (json.dumps({"Statement": ALLOW | {"Principal": "me"}}), "p, statement 1: Principal should be"),
        (json.dumps({"Statement": ALLOW | {"Principal": {"AWS": 1}}}), "p, statement 1: Principal should be a string"),
    ],
)
def test_what_is_not_a_policy_is_refused_with_its_place(document: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_policy(document, "p")


@pytest.mark.full
def test_every_managed_policy_of_aws_can_be_read() -> None:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    for name, held in json.loads(aws_managed_policies_data).items():
        assert read_policy(json.dumps(held["Document"]), name).statements
