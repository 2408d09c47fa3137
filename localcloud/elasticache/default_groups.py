"""ElastiCache's own parameter groups, `default.FAMILY`: every account has them, and they cannot be changed."""

import re
from typing import Any

FAMILIES = (
    "memcached1.4",
    "memcached1.5",
    "memcached1.6",
    "redis2.6",
    "redis2.8",
    "redis3.2",
    "redis4.0",
    "redis5.0",
    "redis6.x",
    "redis7",
    "valkey7",
    "valkey8",
)
WITHOUT_CLUSTER_MODE = ("memcached1.4", "memcached1.5", "memcached1.6", "redis2.6", "redis2.8")
PREFIX, CLUSTERED = "default.", ".cluster.on"
NAME = re.compile(r"[a-z](?:-?[a-z0-9])*")
"""Names of custom groups; the dot distinguishes the default groups."""


def default_group(name: str, region: str, account_id: str) -> dict[str, Any] | None:
    """Return a group as Describe calls show it; None when no group has this name."""
    family = name.removeprefix(PREFIX).removesuffix(CLUSTERED)
    is_clustered = name.endswith(CLUSTERED)
    if not name.startswith(PREFIX) or family not in FAMILIES or (is_clustered and family in WITHOUT_CLUSTER_MODE):
        return None
    described = f"Customized default parameter group for {family} with cluster mode on"
    return {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": family,
        "Description": described if is_clustered else f"Default parameter group for {family}",
        "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{region}:{account_id}:parametergroup:{name}",
    }


def default_groups(region: str, account_id: str) -> list[dict[str, Any]]:
    names = sorted(f"{PREFIX}{family}{mode}" for family in FAMILIES for mode in ("", CLUSTERED))
    return [group for name in names if (group := default_group(name, region, account_id))]
