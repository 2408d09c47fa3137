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
LATEST_VERSION = "7.1"
FAMILIES = {7: "redis7", 6: "redis6.x", 5: "redis5.0", 4: "redis4.0", 3: "redis3.2"}
"""Major release -> the family of its parameters; 2 has one for each minor release."""
NEEDS_REPLICA = "Automatic failover requires at least one replica: NumCacheClusters of 2 or more."
NEEDS_FAILOVER = "Must enable automatic failover when enabling Multi-AZ."
NEEDS_TLS = "An AUTH token requires TransitEncryptionEnabled."
LONGEST = {"ReplicationGroupId": 40, "CacheClusterId": 50}
ZONES = re.compile(r"(PreferredAvailabilityZone|PreferredCacheClusterAZs\.|PreferredAvailabilityZones\.).*")


def check_settings(form: Form, region: str) -> None:
    """Check a creation. Errors: AwsError."""
    for name, longest in LONGEST.items():
        if len(form.get(name, "")) > longest:
            raise AwsError(VALUE, f"The parameter {name} must have at most {longest} characters.")
    kind = form.get("CacheNodeType", "")
    check_node_type(kind)
    check_version(form.get("EngineVersion", ""))
    _check_availability(form)
    if "AuthToken" in form and not _is_true(form, "TransitEncryptionEnabled"):
        raise AwsError(COMBINATION, NEEDS_TLS)
    if _is_true(form, "DataTieringEnabled"):
        raise AwsError(COMBINATION, f"Data tiering is not supported for node type {kind}: r6gd nodes have it.")
    if int(form.get("NumCacheNodes", "1")) != 1:
        raise AwsError(VALUE, "NumCacheNodes must be 1 for the engine redis.")
    for name, zone in form.items():
        if ZONES.fullmatch(name) and not re.fullmatch(f"{region}[a-f]|Multiple", zone):
            raise AwsError(VALUE, f"{zone} is not an availability zone of {region}.")


def check_node_type(kind: str) -> None:
    """Check a node type, if there is one. Errors: AwsError."""
    if kind and kind not in NODE_TYPES:
        raise AwsError(VALUE, f"Invalid Cache Node Type: {kind}.")


def check_version(version: str) -> None:
    """Check a release, if there is one. Errors: AwsError."""
    if not version:
        return
    major, _, minor = version.partition(".")
    minor = minor.partition(".")[0]
    if not VERSION.fullmatch(version) or (minor != "x" and int(minor) > LATEST[int(major)]):
        raise AwsError(COMBINATION, f"Cannot find version {version} for redis")


def check_family(version: str, family: str) -> None:
    """Check that a parameter group is for a release; `family`: empty for none. Errors: AwsError."""
    major, minor = number(version)[:2]
    wanted = FAMILIES.get(major, f"redis{major}.{minor}")
    if family and family != wanted:
        raise AwsError(COMBINATION, f"Expected a parameter group of family {wanted} but found one of family {family}")


def number(version: str) -> tuple[int, ...]:
    """Return a version as comparable numbers: of `6.x`, the latest 6; of an empty one, the latest of all."""
    major, _, minor = (version or LATEST_VERSION).partition(".")
    return (int(major), LATEST[int(major)]) if minor.startswith("x") else (int(major), *map(int, minor.split(".")))


def _check_availability(form: Form) -> None:
    nodes = int(form.get("NumCacheClusters", "0")) or 1 + int(form.get("ReplicasPerNodeGroup", "0"))
    fails_over = _is_true(form, "AutomaticFailoverEnabled")
    if fails_over and nodes == 1:
        raise AwsError(COMBINATION, NEEDS_REPLICA)
    if _is_true(form, "MultiAZEnabled") and not fails_over:
        raise AwsError(COMBINATION, NEEDS_FAILOVER)
    placed = [name for name in form if name.startswith("PreferredCacheClusterAZs.")]
    if placed and len(placed) != nodes:
        raise AwsError(COMBINATION, f"PreferredCacheClusterAZs must name a zone for each of the {nodes} nodes.")


def _is_true(form: Form, name: str) -> bool:
    return form.get(name, "").lower() == "true"
