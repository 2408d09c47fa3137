"""JSON in attributes: the form that is stored, and which texts mean the same."""

import json

import pytest

from terraform_provider.framework.json_text import normal_json, same_json, same_policy
from terraform_provider.values.go_json import written


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def test_json_is_stored_with_sorted_names_and_no_spaces() -> None:
    assert normal_json('{ "b": 1,\n "a": "<x>" }') == '{"a":"\\u003cx\\u003e","b":1}'
    assert normal_json("no json") == "no json"
    assert normal_json(None) is None


def test_json_is_indented_as_go_does() -> None:
    assert written({"a": [1, {}], "b": []}, indent=2) == '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'


def test_the_order_of_names_is_not_a_difference_but_that_of_values_is() -> None:
    assert same_json('{"a":1,"b":2}', '{"b": 2, "a": 1}')
    assert not same_json("[1,2]", "[2,1]")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(Action="a:b"), policy(Action=["a:b"])),
        (policy(Action=["a:b", "a:c"]), policy(Action=["a:c", "a:b"])),
        (policy(Sid="", Action="a:b"), policy(Action="a:b")),
        (
            policy(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
            policy(Principal={"AWS": ["123456789012"]}),
        ),
        (
            policy(Condition={"Bool": {"aws:SecureTransport": "false"}}),
            policy(Condition={"Bool": {"aws:SecureTransport": [False]}}),
        ),
        ('{"Statement": {"Effect": "Deny"}}', '{"Statement": [{"Effect": "Deny"}]}'),
        ("", None),
    ],
)
def test_policies_mean_the_same(one: str, other: str) -> None:
    assert same_policy(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(Action="a:b"), policy(Action="a:c")),
        (policy(Action="a:b"), policy(NotAction="a:b")),
        (policy(Principal="*"), policy(Principal={"AWS": "*"})),
        (policy(Resource="x", Action="a:b"), policy(Action="a:b")),
        ("no policy", policy()),
    ],
)
def test_policies_differ(one: str, other: str) -> None:
    assert not same_policy(one, other)
