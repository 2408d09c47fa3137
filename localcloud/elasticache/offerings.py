"""ElastiCache's reserved node offerings, AWS's only source for the node types of a region.

Current types of Redis, by AWS's list of node types. All prices are 0.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from localcloud.moto.patching import result

BURSTABLE = ("micro", "small", "medium")
STEADY = ("large", "xlarge", "2xlarge", "4xlarge")
FAMILIES = dict.fromkeys(("t2", "t3", "t4g"), BURSTABLE) | dict.fromkeys(
    ("m4", "m5", "m6g", "m7g", "r4", "r5", "r6g", "r7g"), STEADY
)
NODE_TYPES = tuple(f"cache.{family}.{size}" for family, sizes in FAMILIES.items() for size in sizes)
PRODUCTS = ("redis", "valkey", "memcached")
OFFERING_TYPES = ("No Upfront", "Partial Upfront", "All Upfront")
YEAR_S = 31_536_000
DURATIONS = {text: years * YEAR_S for years in (1, 3) for text in (str(years), f"P{years}Y", str(years * YEAR_S))}
"""A duration as requests write it (Terraform uses `P1Y`) -> seconds."""
NAMESPACE = uuid.UUID("3f1c2b0e-5f0e-4a55-9d0c-6d1f4e2b7a10")


def describe_reserved_cache_nodes_offerings(self: Any) -> Any:
    requested = {
        "CacheNodeType": self._get_param("CacheNodeType"),
        "ProductDescription": self._get_param("ProductDescription"),
        "OfferingType": self._get_param("OfferingType"),
        "ReservedCacheNodesOfferingId": self._get_param("ReservedCacheNodesOfferingId"),
    }
    duration = self._get_param("Duration")
    if duration is not None:
        requested["Duration"] = DURATIONS.get(str(duration), 0)
    found = [each for each in offerings() if all(value in (None, each[name]) for name, value in requested.items())]
    start = int(self._get_param("Marker") or 0)
    end = start + int(self._get_param("MaxRecords") or 100)
    response: dict[str, Any] = {"ReservedCacheNodesOfferings": found[start:end]}
    return result(response | ({"Marker": str(end)} if end < len(found) else {}))


def offerings() -> Iterator[dict[str, Any]]:
    for node_type in NODE_TYPES:
        for product in PRODUCTS:
            for kind in OFFERING_TYPES:
                for duration in (YEAR_S, 3 * YEAR_S):
                    yield {
                        "ReservedCacheNodesOfferingId": str(
                            uuid.uuid5(NAMESPACE, f"{node_type} {product} {kind} {duration}")
                        ),
                        "CacheNodeType": node_type,
                        "Duration": duration,
                        "FixedPrice": 0.0,
                        "UsagePrice": 0.0,
                        "ProductDescription": product,
                        "OfferingType": kind,
                        "RecurringCharges": [],
                    }
