"""ElastiCache's lists of what it offers: releases of Redis, and node types that a cache can change to. Pure.

Memory: ElastiCache User Guide, "Redis OSS node-type specific parameters", in GiB.
"""

from collections.abc import Mapping
from typing import Any

from localcloud.elasticache.offerings import NODE_TYPES
from localcloud.elasticache.settings import FAMILIES, LATEST_VERSION, number
from localcloud.errors import AwsError
from localcloud.protocol import query_responses
from localcloud.protocol.wire import AwsResponse

RELEASES = ("4.0.10", "5.0.6", "6.0", "6.2", "7.0", LATEST_VERSION)
"""A new cache can have these releases of Redis; no other engine runs here."""
LARGEST_PAGE = 100
BURSTABLE: Mapping[str, tuple[float, ...]] = {
    "t2": (0.56, 1.55, 3.22),
    "t3": (0.5, 1.37, 3.09),
    "t4g": (0.5, 1.37, 3.09),
}
GENERAL, MEMORY = (6.38, 12.93, 26.04, 52.26), (13.07, 26.32, 52.82, 105.81)
STEADY: dict[str, tuple[float, ...]] = {"m4": (6.42, 14.28, 29.7, 60.78), "r4": (12.3, 25.05, 50.47, 101.38)}
STEADY |= dict.fromkeys(("m5", "m6g", "m7g"), GENERAL) | dict.fromkeys(("r5", "r6g", "r7g"), MEMORY)
SIZES = ("micro", "small", "medium"), ("large", "xlarge", "2xlarge", "4xlarge")
GIB: Mapping[str, float] = {
    f"cache.{family}.{size}": gib
    for families, sizes in zip((BURSTABLE, STEADY), SIZES, strict=True)
    for family, each in families.items()
    for size, gib in zip(sizes, each, strict=True)
}


def answer(operation: str, values: Mapping[str, object]) -> AwsResponse:
    """Return the response with such a list."""
    return query_responses.query_response("elasticache", operation, values)


def engine_versions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of DescribeCacheEngineVersions. Errors: AwsError for a wrong marker."""
    found = [_release(each) for each in RELEASES]
    wanted = {name: values.get(name) for name in ("Engine", "EngineVersion", "CacheParameterGroupFamily")}
    found = [each for each in found if all(value in (None, each[name]) for name, value in wanted.items())]
    if str(values.get("DefaultOnly", "")).lower() == "true":
        found = [each for each in found if each["EngineVersion"] == LATEST_VERSION]
    begin, most = str(values.get("Marker") or "0"), int(values.get("MaxRecords") or LARGEST_PAGE)
    if not (begin.isascii() and begin.isdecimal()):
        raise AwsError("InvalidParameterValue", f"The Marker {begin[:100]} is not valid.")
    end = int(begin) + most
    page = {"CacheEngineVersions": found[int(begin) : end]}
    return page | ({"Marker": str(end)} if end < len(found) else {})


def _release(version: str) -> dict[str, str]:
    return {
        "Engine": "redis",
        "EngineVersion": version,
        "CacheParameterGroupFamily": FAMILIES[number(version)[0]],
        "CacheEngineDescription": "Redis",
        "CacheEngineVersionDescription": f"redis version {version}",
    }


def node_type_changes(present: str) -> dict[str, list[str]]:
    """Return the result of ListAllowedNodeTypeModifications: other types with as much memory or more, and with less."""
    others = sorted(set(NODE_TYPES) - {present}, key=lambda each: (GIB[each], each))
    return {
        "ScaleUpModifications": [each for each in others if GIB[each] >= GIB[present]],
        "ScaleDownModifications": [each for each in others if GIB[each] < GIB[present]],
    }
