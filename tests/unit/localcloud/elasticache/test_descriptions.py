"""ElastiCache's lists of releases and node types."""

import pytest

from localcloud.elasticache.descriptions import GIB, engine_versions, node_type_changes
from localcloud.elasticache.offerings import NODE_TYPES
from localcloud.elasticache.settings import check_settings
from localcloud.errors import AwsError


def versions(**values: object) -> list[str]:
    return [each["EngineVersion"] for each in engine_versions(values)["CacheEngineVersions"]]


def test_every_listed_release_can_be_created_with_its_family() -> None:
    for each in engine_versions({})["CacheEngineVersions"]:
        check_settings({"EngineVersion": each["EngineVersion"]}, "us-west-1")
    assert versions(CacheParameterGroupFamily="redis6.x") == ["6.0", "6.2"]
    assert versions(DefaultOnly="true") == versions(EngineVersion="7.1") == ["7.1"]
    assert versions(Engine="memcached") == []


def test_releases_come_in_pages() -> None:
    first = engine_versions({"MaxRecords": 4})
    rest = engine_versions({"MaxRecords": 4, "Marker": first["Marker"]})
    assert [*first["CacheEngineVersions"], *rest["CacheEngineVersions"]] == engine_versions({})["CacheEngineVersions"]
    assert "Marker" not in rest
    with pytest.raises(AwsError, match="The Marker x is not valid"):
        engine_versions({"Marker": "x"})


def test_other_node_types_are_larger_or_smaller() -> None:
    assert set(GIB) == set(NODE_TYPES)
    changes = node_type_changes("cache.m5.large")
    up, down = changes["ScaleUpModifications"], changes["ScaleDownModifications"]
    assert {"cache.m6g.large", "cache.r6g.large"} <= set(up)
    assert "cache.t4g.micro" in down
    assert {*up, *down} == set(NODE_TYPES) - {"cache.m5.large"}
