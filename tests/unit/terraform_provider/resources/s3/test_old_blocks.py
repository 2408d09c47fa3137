"""Blocks of a bucket that other resources manage today."""

from terraform_provider.resources.s3 import _old_lifecycle, _old_replication


def test_without_tags_there_is_an_empty_map() -> None:
    (rule,) = _old_lifecycle.as_blocks([{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}}])
    assert (rule["prefix"], rule["tags"]) == ("a/", {})
    destination = {"Bucket": "arn:aws:s3:::b"}
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Destination": destination}
    (rules,) = [_old_replication.as_block({"Role": "arn:role", "Rules": [rule]})["rules"]]
    assert rules[0]["filter"] == [{"prefix": "a/", "tags": {}}]
