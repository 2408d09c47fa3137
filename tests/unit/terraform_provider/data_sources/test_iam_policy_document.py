"""aws_iam_policy_document writes the JSON that the real provider writes."""

import json
from typing import Any

import pytest

from terraform_provider.data_sources.iam_policy_document import iam_policy_document
from terraform_provider.framework.aws import Aws, Settings
from terraform_provider.framework.errors import ProviderError

AWS = Aws(Settings(region="us-west-1"))
NONE: dict[str, Any] = {
    "actions": None, "not_actions": None, "resources": None, "not_resources": None, "sid": None, "effect": None,
    "principals": [], "not_principals": [], "condition": [],
}  # fmt: skip


def document(*statements: dict[str, Any], **config: Any) -> str:
    found = iam_policy_document(AWS, {"statement": [{**NONE, **each} for each in statements], **config})
    return str(found["json"])


def statements(text: str) -> list[Any]:
    return list(json.loads(text)["Statement"])


def test_one_statement_in_the_real_providers_layout() -> None:
    trust = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
        "condition": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["123456789012"]}],
    }
    assert (
        document(trust)
        == """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "sts:AssumeRole",
      "Principal": {
        "Service": "ecs-tasks.amazonaws.com"
      },
      "Condition": {
        "StringEquals": {
          "aws:SourceAccount": "123456789012"
        }
      }
    }
  ]
}"""
    )


def test_sets_are_written_in_descending_order_and_single_members_alone() -> None:
    made = statements(document({"sid": "A", "actions": ["s3:Get", "s3:Put"], "resources": ["arn:b"]}))
    assert made == [{"Sid": "A", "Effect": "Allow", "Action": ["s3:Put", "s3:Get"], "Resource": "arn:b"}]


def test_everybody_is_a_star_and_everybody_at_aws_is_not() -> None:
    star = [{"type": "*", "identifiers": ["*"]}]
    assert statements(document({"principals": star}))[0]["Principal"] == "*"
    aws = [{"type": "AWS", "identifiers": ["*"]}]
    assert statements(document({"principals": aws}))[0]["Principal"] == {"AWS": "*"}


def test_conditions_of_one_test_and_variable_are_joined() -> None:
    conditions = [
        {"test": "StringLike", "variable": "v", "values": ["a"]},
        {"test": "StringLike", "variable": "v", "values": ["b", "c"]},
        {"test": "Bool", "variable": "w", "values": ["true"]},
    ]
    made = statements(document({"condition": conditions}))[0]["Condition"]
    assert list(made) == ["Bool", "StringLike"]
    assert made["Bool"] == {"w": "true"}
    assert sorted(made["StringLike"]["v"]) == ["a", "b", "c"]


def test_variables_of_iam_are_written_with_a_dollar() -> None:
    made = statements(document({"resources": ["arn:home/&{aws:username}"]}))
    assert made[0]["Resource"] == "arn:home/${aws:username}"
    with pytest.raises(ProviderError, match="not supported in document version 2008-10-17"):
        document({"resources": ["arn:home/&{aws:username}"]}, version="2008-10-17")


def test_source_documents_come_first_and_overriding_ones_replace_by_sid() -> None:
    source = (
        '{"Version": "2008-10-17", "Statement": [{"Sid": "A", "Effect": "Deny"}, {"Effect": "Allow", "Action": ["x"]}]}'
    )
    override = '{"Id": "new", "Statement": [{"Sid": "B", "Effect": "Deny", "Principal": "*"}]}'
    text = document(
        {"sid": "B", "actions": ["b"]},
        source_policy_documents=[source, None],
        override_policy_documents=[override],
        policy_id="old",
    )
    assert json.loads(text) == {
        "Version": "2012-10-17",
        "Id": "new",
        "Statement": [
            {"Sid": "A", "Effect": "Deny"},
            {"Effect": "Allow", "Action": ["x"]},
            {"Sid": "B", "Effect": "Deny", "Principal": "*"},
        ],
    }


def test_a_sid_twice_is_refused() -> None:
    with pytest.raises(ProviderError, match=r"duplicate Sid \(A\)"):
        document({"sid": "A"}, {"sid": "A"})
    twice = ['{"Statement": [{"Sid": "A"}]}'] * 2
    with pytest.raises(ProviderError, match=r"merging source document 1: duplicate Sid \(A\)"):
        document(source_policy_documents=twice)


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": {"Effect": "Allow"}}', '{"Statement": [{"Principal": 5}]}'])
def test_a_document_that_is_not_a_policy_is_refused(text: str) -> None:
    with pytest.raises(ProviderError, match="writing IAM Policy Document: merging override document 0"):
        document(override_policy_documents=[text])


def test_special_signs_are_escaped_as_go_does_and_the_id_is_a_checksum() -> None:
    found = iam_policy_document(AWS, {"statement": [{**NONE, "actions": ["a<b"]}]})
    assert '"a\\u003cb"' in found["json"]
    assert found["minified_json"] == ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a\\u003cb"}]}')
    assert found["id"].isdigit()
