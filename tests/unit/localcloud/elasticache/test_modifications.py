"""Changes of a replication group that ElastiCache refuses."""

import dataclasses
from typing import Any

import pytest

from localcloud.elasticache.modifications import Changes, Present, check_modification
from localcloud.errors import AwsError

LONE = Present(members=("r-001",), version="7.0", fails_over=False, is_multi_az=False, is_encrypted=False)
PAIR = Present(members=("r-001", "r-002"), version="", fails_over=True, is_multi_az=True, is_encrypted=True)
TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"node_type": "cache.t9.huge"}, "Invalid Cache Node Type: cache.t9.huge"),
        ({"version": "7.4"}, "Cannot find version 7.4 for redis"),
        ({"version": "6.2"}, "Cannot downgrade from engine version 7.0 to 6.2"),
        ({"version": "6.x"}, "Cannot downgrade"),
        ({"engine": "valkey"}, "runs redis only"),
        ({"family": "redis6.x"}, "Expected a parameter group of family redis7 but found one of family redis6.x"),
        ({"fails_over": True}, "at least one replica"),
        ({"is_multi_az": True}, "Must enable automatic failover"),
        ({"token": TOKEN}, "requires TransitEncryptionEnabled"),
        ({"strategy": "SET"}, "AuthTokenUpdateStrategy SET requires an AuthToken"),
        ({"retention_days": 36}, "Must be 0 to 35"),
        ({"primary": "r-002"}, "PrimaryClusterId r-002 is not a cluster of the group: r-001"),
        ({"snapshotted": "other"}, "SnapshottingClusterId other is not a cluster"),
    ],
)
def test_a_group_of_one_node_cannot_have_them(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check_modification(LONE, Changes(**changes))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "7.1", "family": "redis7", "node_type": "cache.t4g.small", "retention_days": 35},
        {"fails_over": True, "is_multi_az": True, "primary": "r-002", "snapshotted": "r-002"},
        {"fails_over": False, "is_multi_az": False},
        {"token": TOKEN, "strategy": "SET"},
        {},
    ],
)
def test_a_group_of_two_can_have_them(changes: dict[str, Any]) -> None:
    check_modification(PAIR, Changes(**changes))


def test_failover_is_not_ended_while_the_group_is_multi_az() -> None:
    with pytest.raises(AwsError, match="Must enable automatic failover"):
        check_modification(PAIR, Changes(fails_over=False))


def test_a_token_may_come_with_encryption() -> None:
    check_modification(LONE, Changes(token=TOKEN, is_encrypted=True))
    with pytest.raises(AwsError, match="TransitEncryptionEnabled"):
        check_modification(dataclasses.replace(PAIR, is_encrypted=False), Changes(token=TOKEN))


def test_a_group_made_without_a_version_has_the_latest() -> None:
    with pytest.raises(AwsError, match=r"Cannot downgrade from engine version 7.1 to 7.0"):
        check_modification(PAIR, Changes(version="7.0"))
