"""Settings that ElastiCache refuses."""

import pytest

from localcloud.elasticache.settings import check_settings
from localcloud.errors import AwsError

REGION = "us-west-1"
TOKEN = "0123456789abcdef"
PLACED = "PreferredCacheClusterAZs.PreferredCacheClusterAZ.1"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"CacheNodeType": "cache.t1.giant"}, "Invalid Cache Node Type: cache.t1.giant"),
        ({"EngineVersion": "9.9"}, "Cannot find version 9.9 for redis"),
        ({"EngineVersion": "7.2"}, "Cannot find version 7.2 for redis"),
        ({"EngineVersion": "latest"}, "Cannot find version latest"),
        ({"AutomaticFailoverEnabled": "true", "NumCacheClusters": "1"}, "at least one replica"),
        ({"AutomaticFailoverEnabled": "true"}, "at least one replica"),
        ({"MultiAZEnabled": "true", "NumCacheClusters": "2"}, "Must enable automatic failover"),
        ({"AuthToken": TOKEN}, "requires TransitEncryptionEnabled"),
        ({PLACED: "eu-west-1a"}, "eu-west-1a is not an availability zone of us-west-1"),
        ({PLACED: "us-west-1a", "NumCacheClusters": "2"}, "a zone for each of the 2 nodes"),
        ({"PreferredAvailabilityZone": "us-west-1"}, "not an availability zone"),
        ({"DataTieringEnabled": "true"}, "Data tiering is not supported"),
        ({"NumCacheNodes": "2"}, "NumCacheNodes must be 1"),
        ({"ReplicationGroupId": "a" * 41}, "at most 40 characters"),
    ],
)
def test_a_new_cache_cannot_have_them(form: dict[str, str], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check_settings(form, REGION)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"EngineVersion": "7.1", "CacheNodeType": "cache.t4g.micro", "ReplicationGroupId": "a" * 40},
        {"EngineVersion": "6.x"},
        {"EngineVersion": "5.0.6", PLACED: "us-west-1a"},
        {"AutomaticFailoverEnabled": "true", "MultiAZEnabled": "true", "ReplicasPerNodeGroup": "1"},
        {"AuthToken": TOKEN, "TransitEncryptionEnabled": "true"},
    ],
)
def test_a_new_cache_can_have_them(form: dict[str, str]) -> None:
    check_settings(form, REGION)
