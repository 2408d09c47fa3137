"""Plans of real types by the committed schema: what the real provider was seen to plan."""

from typing import Any

import pytest

from terraform_provider.planning import Planned, Provider, plan
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values.conformity import conform_block
from terraform_provider.values.unknown import UNKNOWN, State

TYPES = Catalogue().resources
PROVIDER = Provider(default_tags={"project": "spendsense"}, region="us-west-1")


def planned(kind: str, prior: State | None, proposed: State, config: State | None = None) -> Planned:
    block = TYPES[kind]["block"]
    fitted = conform_block(block, proposed)
    assert fitted is not None
    return plan(kind, block, conform_block(block, prior), fitted, conform_block(block, config or proposed), PROVIDER)


def value(of: Planned) -> dict[str, Any]:
    assert of.value is not None
    return of.value


TOPIC = {"id": "arn:aws:sns:us-west-1:123456789012:a", "arn": "arn:aws:sns:us-west-1:123456789012:a", "name": "a",
         "fifo_topic": False, "content_based_deduplication": False, "tags_all": {"project": "spendsense"}}  # fmt: skip


def test_a_creation_shows_defaults_and_leaves_unknown_what_aws_chooses() -> None:
    found = value(planned("aws_sns_topic", None, {"name": "a"}))
    assert (found["fifo_topic"], found["id"], found["arn"], found["kms_master_key_id"]) == (
        False,
        UNKNOWN,
        UNKNOWN,
        None,
    )


def test_nothing_is_planned_where_nothing_differs() -> None:
    found = planned("aws_sns_topic", TOPIC, TOPIC)
    assert (found.value, found.replace_paths) == (conform_block(TYPES["aws_sns_topic"]["block"], TOPIC), frozenset())


def test_a_new_name_replaces_the_resource() -> None:
    assert planned("aws_sns_topic", TOPIC, TOPIC | {"name": "b"}).replace_paths == {("name",), ("id",)}


def test_an_attribute_that_is_fixed_later_is_changed_in_place() -> None:
    found = planned("aws_sns_topic", TOPIC, TOPIC | {"display_name": "A"})
    assert (value(found)["display_name"], found.replace_paths) == ("A", frozenset())


def test_a_creation_names_all_that_would_replace_it_as_the_real_provider_does() -> None:
    found = planned("aws_sns_topic", None, {"name": "a"})
    assert found.replace_paths == {("id",), ("name",), ("name_prefix",), ("fifo_topic",)}


@pytest.mark.parametrize(
    ("tags", "all_tags"),
    [
        (None, {"project": "spendsense"}),
        ({"Name": "a"}, {"project": "spendsense", "Name": "a"}),
        ({"project": "other"}, {"project": "other"}),
        (UNKNOWN, UNKNOWN),
        ({"Name": UNKNOWN}, UNKNOWN),
    ],
)
def test_all_tags_are_known_as_soon_as_the_tags_are(tags: Any, all_tags: Any) -> None:
    assert value(planned("aws_sns_topic", None, {"name": "a", "tags": tags}))["tags_all"] == all_tags


def test_a_rule_of_a_security_group_keeps_null_apart_from_empty() -> None:
    rule = {
        "security_group_id": "sg-1",
        "ip_protocol": "tcp",
        "cidr_ipv4": "10.0.0.0/8",
        "from_port": 80,
        "to_port": 80,
    }
    found = planned("aws_vpc_security_group_ingress_rule", None, rule)
    assert (value(found)["description"], value(found)["arn"], found.replace_paths) == (None, UNKNOWN, frozenset())


def test_a_rule_of_a_security_group_is_replaced_when_its_source_becomes_another_kind() -> None:
    rule = {"id": "sgr-1", "security_group_id": "sg-1", "ip_protocol": "tcp", "cidr_ipv4": "10.0.0.0/8"}
    found = planned("aws_vpc_security_group_ingress_rule", rule, rule | {"cidr_ipv4": None, "cidr_ipv6": "::/0"})
    assert found.replace_paths == {("cidr_ipv4",), ("cidr_ipv6",)}


def test_a_destruction_plans_nothing() -> None:
    assert plan("aws_sns_topic", TYPES["aws_sns_topic"]["block"], TOPIC, None, None) == Planned(None)


def test_a_policy_that_means_the_same_is_not_a_change() -> None:
    before = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sns:Publish"],"Resource":"*"}]}'
    after = '{"Statement": [{"Resource": ["*"], "Action": "sns:Publish", "Effect": "Allow"}], "Version": "2012-10-17"}'
    state = {"id": "a", "arn": "a", "owner": "1", "policy": before}
    assert value(planned("aws_sns_topic_policy", state, state | {"policy": after}))["policy"] == before


def test_a_certificate_shows_the_records_that_will_validate_it() -> None:
    wanted = {
        "domain_name": "a.example.com",
        "subject_alternative_names": ["b.example.com"],
        "validation_method": "DNS",
    }
    found = value(planned("aws_acm_certificate", None, wanted))
    assert [each["domain_name"] for each in found["domain_validation_options"]] == ["a.example.com", "b.example.com"]
    assert found["domain_validation_options"][0]["resource_record_name"] is UNKNOWN
    assert found["subject_alternative_names"] == ["a.example.com", "b.example.com"]


def test_a_cache_is_replaced_by_an_older_engine_and_kept_by_a_newer_one() -> None:
    state = {"id": "a", "replication_group_id": "a", "description": "a", "engine": "redis", "engine_version": "7.0",
             "security_group_names": []}  # fmt: skip
    older = planned("aws_elasticache_replication_group", state, state | {"engine_version": "6.2"})
    newer = planned("aws_elasticache_replication_group", state, state | {"engine_version": "7.1"})
    assert ("engine_version",) in older.replace_paths
    assert newer.replace_paths == frozenset()


def test_a_network_load_balancer_keeps_no_setting_of_an_application_one() -> None:
    found = value(planned("aws_lb", None, {"load_balancer_type": "network"}))
    assert (found["idle_timeout"], found["enable_cross_zone_load_balancing"]) == (None, False)


def test_a_rule_of_a_lifecycle_gets_its_defaults() -> None:
    rule = {"id": "a", "status": "Enabled", "filter": [{"object_size_greater_than": 1}], "expiration": [{"days": 3}]}
    found = value(planned("aws_s3_bucket_lifecycle_configuration", None, {"bucket": "a", "rule": [rule]}))
    [made] = found["rule"]
    assert found["transition_default_minimum_object_size"] == "all_storage_classes_128K"
    assert made["prefix"] == ""
    assert made["filter"][0]["prefix"] is None
    assert made["expiration"][0]["expired_object_delete_marker"] is False
