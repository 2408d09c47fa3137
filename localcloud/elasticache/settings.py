"""Settings that ElastiCache refuses for a new cache. Pure; in AWS's words where those are known."""

import re
from collections.abc import Mapping

from localcloud.elasticache.offerings import NODE_TYPES
from localcloud.errors import AwsError

Form = Mapping[str, str]
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
VERSION = re.compile(r"[2-7]\.(\d+|x)(\.\d+)?")
LATEST = {7: 1, 6: 2, 5: 0, 4: 0, 3: 2, 2: 8}
"""Major release of Redis -> its last minor release in ElastiCache; later ones are Valkey's."""
LONGEST = {"ReplicationGroupId": 40, "CacheClusterId": 50}
ZONES = re.compile(r"(PreferredAvailabilityZone|PreferredCacheClusterAZs\.|PreferredAvailabilityZones\.).*")


def check_settings(form: Form, region: str) -> None:
    """Check a creation. Errors: AwsError."""
    for name, longest in LONGEST.items():
        if len(form.get(name, "")) > longest:
            raise AwsError(VALUE, f"The parameter {name} must have at most {longest} characters.")
    if (kind := form.get("CacheNodeType", NODE_TYPES[0])) not in NODE_TYPES:
        raise AwsError(VALUE, f"Invalid Cache Node Type: {kind}.")
    _check_version(form.get("EngineVersion"))
    _check_availability(form)
    if "AuthToken" in form and not _is_true(form, "TransitEncryptionEnabled"):
        raise AwsError(COMBINATION, "An AUTH token requires TransitEncryptionEnabled.")
    if _is_true(form, "DataTieringEnabled"):
        raise AwsError(COMBINATION, f"Data tiering is not supported for node type {kind}: r6gd nodes have it.")
    if int(form.get("NumCacheNodes", "1")) != 1:
        raise AwsError(VALUE, "NumCacheNodes must be 1 for the engine redis.")
    for name, zone in form.items():
        if ZONES.fullmatch(name) and not re.fullmatch(f"{region}[a-f]|Multiple", zone):
            raise AwsError(VALUE, f"{zone} is not an availability zone of {region}.")


def _check_version(version: str | None) -> None:
    if not version:
        return
    major, _, minor = version.partition(".")
    minor = minor.partition(".")[0]
    if not VERSION.fullmatch(version) or (minor != "x" and int(minor) > LATEST[int(major)]):
        raise AwsError(VALUE, f"Cannot find version {version} for redis")


def _check_availability(form: Form) -> None:
    nodes = int(form.get("NumCacheClusters", "0")) or 1 + int(form.get("ReplicasPerNodeGroup", "0"))
    fails_over = _is_true(form, "AutomaticFailoverEnabled")
    if fails_over and nodes == 1:
        raise AwsError(COMBINATION, "Automatic failover requires at least one replica: NumCacheClusters of 2 or more.")
    if _is_true(form, "MultiAZEnabled") and not fails_over:
        raise AwsError(COMBINATION, "Must enable automatic failover when enabling Multi-AZ.")
    placed = [name for name in form if name.startswith("PreferredCacheClusterAZs.")]
    if placed and len(placed) != nodes:
        raise AwsError(COMBINATION, f"PreferredCacheClusterAZs must name a zone for each of the {nodes} nodes.")


def _is_true(form: Form, name: str) -> bool:
    return form.get(name, "").lower() == "true"
