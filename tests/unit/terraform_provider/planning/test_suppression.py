"""Two ways to write the same are no change."""

import json

import pytest

from terraform_provider.planning.stored_forms import STORED_FORMS
from terraform_provider.planning.suppression import SUPPRESSIONS

ONE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a","b"],"Resource":["*"]}]}'
SAME = '{"Statement": {"Action": ["b", "a"], "Effect": "Allow", "Resource": "*"}, "Version": "2012-10-17"}'
OTHER = ONE.replace("Allow", "Deny")


def rules(*numbers: int) -> str:
    return json.dumps({"rules": [{"rulePriority": number, "action": {"type": "expire"}} for number in numbers]})


@pytest.mark.parametrize(
    ("kind", "old", "new", "is_same"),
    [
        ("policy", ONE, SAME, True), ("policy", ONE, OTHER, False), ("policy", "", "", True),
        ("policy", "", ONE, False),
        ("json", '{"a":1}', '{ "a": 1 }', True), ("json", '{"a":1}', "nothing", False),
        ("lifecycle", rules(1, 2), rules(2, 1), True), ("lifecycle", rules(1), rules(2), False),
        ("key", "arn:aws:kms:r:1:key/k", "k", True), ("key", "k", "arn:aws:kms:r:1:key/k", True),
        ("key", "k", "l", False), ("standard", "", "STANDARD", True), ("standard", "OTHER", "STANDARD", False),
        ("case", "abc", "ABC", True), ("once", "", "a", False), ("once", "a", "b", True),
        ("missing_block", "1", "0", True), ("missing_block", "0", "1", False),
    ],
)  # fmt: skip
def test_texts_are_compared_by_their_meaning(kind: str, old: str, new: str, is_same: bool) -> None:
    assert SUPPRESSIONS[kind](("a",), {}, old, new) is is_same


def test_an_attribute_of_another_type_of_load_balancer_does_not_count() -> None:
    assert SUPPRESSIONS["application_only"](("idle_timeout",), {"load_balancer_type": "network"}, "60", "30")
    assert not SUPPRESSIONS["application_only"](("idle_timeout",), {}, "60", "30")


def test_a_redirect_does_not_count_in_an_action_that_forwards() -> None:
    path = ("default_action", 0, "redirect")
    assert SUPPRESSIONS["redirect_only"](path, {"default_action": [{"type": "forward"}]}, "0", "1")
    assert not SUPPRESSIONS["redirect_only"](path, {"default_action": [{"type": "redirect"}]}, "0", "1")


def test_json_is_stored_as_go_writes_it() -> None:
    text = '{"b": "<&>", "a": "é"}'
    assert STORED_FORMS["json"](text) == '{"a":"é","b":"\\u003c\\u0026\\u003e"}'
    assert STORED_FORMS["plain_json"](text) == '{"a":"é","b":"<&>"}'
    assert STORED_FORMS["policy"]('{"Statement": [], "Version": "1"}') == '{"Version":"1","Statement":[]}'
