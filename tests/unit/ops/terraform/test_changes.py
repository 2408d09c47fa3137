"""A plan in plain words."""

import json
from typing import Any

from ops.terraform.changes import Action, drifted, planned


def changed(actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": more.pop("unknown", {}), **more}
    return {"address": "module.a.aws_x.this", "mode": "managed", "type": "aws_x", "change": change}


def told(*written: dict[str, Any]) -> list[str]:
    return [each.text() for each in planned({"resource_changes": list(written)})]


def test_what_is_made_and_destroyed_is_named_and_what_stays_is_not() -> None:
    data = changed(["read"]) | {"mode": "data"}
    assert told(changed(["create"], None, {"a": 1}), changed(["delete"], {"a": 1}), changed(["no-op"]), data) == [
        "create  module.a.aws_x.this",
        "destroy module.a.aws_x.this",
    ]


def test_a_change_names_the_places_that_differ() -> None:
    before = {"name": "n", "check": [{"interval": 30, "path": "/"}], "many": [1, 2], "gone": "x"}
    after = {"name": "n", "check": [{"interval": 15, "path": "/"}], "many": [1, 3], "gone": None}
    assert told(changed(["update"], before, after)) == [
        "change  module.a.aws_x.this: check.interval 30 -> 15, gone x -> null, many[1] 2 -> 3"
    ]


def test_a_policy_is_compared_by_its_parts() -> None:
    policies = [json.dumps({"Statement": [{"Effect": effect, "Action": "s3:*"}]}) for effect in ("Deny", "Allow")]
    (text,) = told(changed(["update"], {"policy": policies[0]}, {"policy": policies[1]}))
    assert text.endswith("policy.Statement.Effect Deny -> Allow")


def test_null_and_empty_are_the_same() -> None:
    assert told(changed(["update"], {"a": None, "b": 1}, {"a": [], "b": 2})) == [
        "change  module.a.aws_x.this: b 1 -> 2"
    ]


def test_an_update_that_only_takes_marks_off_is_not_a_change() -> None:
    """Terraform 1.6 plans it for each secret in a state that 1.11 wrote."""
    marked = {"before_sensitive": {"password": True}, "after_sensitive": {}}
    same = {"password": "a", "size": None}
    assert told(changed(["update"], same, dict(same), **marked)) == []
    assert told(changed(["update"], same, dict(same), unknown={"size": False}, **marked)) == []
    assert len(told(changed(["update"], same, dict(same), unknown={"size": True}))) == 1
    assert len(told(changed(["update"], same, same | {"size": []}))) == 1
    assert len(told(changed(["delete", "create"], same, dict(same), replace_paths=[["size"]]))) == 1


def test_nothing_sensitive_is_shown() -> None:
    marks = {"before_sensitive": {"password": True}, "after_sensitive": {"block": [{"token": True}]}}
    before = {"password": "old-one", "block": [{"token": "old-two", "x": 1}]}
    after = {"password": "new-one", "block": [{"token": "new-two", "x": 1}]}
    (text,) = told(changed(["update"], before, after, **marks))
    assert "old-" not in text
    assert "new-" not in text
    assert text.count("(sensitive) -> (sensitive)") == 2


def test_a_mark_without_anything_sensitive_hides_nothing() -> None:
    marks = {"before_sensitive": {"rule": [{}]}, "after_sensitive": {"rule": [{}]}}
    assert told(changed(["update"], {"rule": [{"a": 1}]}, {"rule": [{"a": 2}]}, **marks)) == [
        "change  module.a.aws_x.this: rule.a 1 -> 2"
    ]


def test_a_replacement_says_why_and_leaves_out_new_ids() -> None:
    unknown = {"id": True, "arn": True}
    before, after = {"engine": "a", "id": "1", "arn": "x"}, {"engine": "b"}
    written = changed(["delete", "create"], before, after, unknown=unknown, replace_paths=[["engine"]])
    assert told(written) == ["replace module.a.aws_x.this: engine a -> b (forces it)"]
    (found,) = planned({"resource_changes": [written]})
    assert found.action is Action.REPLACE


def test_long_texts_with_the_same_beginning_are_shown_by_their_ends() -> None:
    arn = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:"
    (text,) = told(changed(["update"], {"d": f"{arn}1"}, {"d": f"{arn}2"}))
    assert text.endswith("backend:2")
    assert "backend:1 -> " in text


def test_a_long_value_is_cut() -> None:
    (text,) = told(changed(["update"], {"d": "x" * 500}, {"d": "y" * 500}))
    assert len(text) < 200


def test_drift_is_what_others_have_changed() -> None:
    plan = {"resource_drift": [changed(["update"], {"a": 1}, {"a": 2})], "resource_changes": []}
    (found,) = drifted(plan)
    assert [each.name for each in found.attributes] == ["a"]
    assert found.as_json()["attributes"] == [
        {"name": "a", "before": "1", "after": "2", "forces_replacement": False},
    ]
