"""aws_rds_orderable_db_instance."""

from collections.abc import Sequence
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State

Offer = dict[str, Any]
ASKED = {
    "availability_zone_group": "AvailabilityZoneGroup",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "instance_class": "DBInstanceClass",
    "license_model": "LicenseModel",
    "vpc": "Vpc",
}
"""Arguments that RDS itself filters by."""
KEPT = {
    "read_replica_capable": "ReadReplicaCapable",
    "storage_type": "StorageType",
    "supports_clusters": "SupportsClusters",
    "supports_enhanced_monitoring": "SupportsEnhancedMonitoring",
    "supports_global_databases": "SupportsGlobalDatabases",
    "supports_iam_database_authentication": "SupportsIAMDatabaseAuthentication",
    "supports_iops": "SupportsIops",
    "supports_kerberos_authentication": "SupportsKerberosAuthentication",
    "supports_multi_az": "MultiAZCapable",
    "supports_performance_insights": "SupportsPerformanceInsights",
    "supports_storage_autoscaling": "SupportsStorageAutoscaling",
    "supports_storage_encryption": "SupportsStorageEncryption",
}
"""Arguments that the responses are filtered by, if they are true or set."""
LISTS = {"supported_engine_modes": "SupportedEngineModes", "supported_network_types": "SupportedNetworkTypes"}
LIMITS = {
    "max_iops_per_db_instance": "MaxIopsPerDbInstance",
    "max_iops_per_gib": "MaxIopsPerGib",
    "max_storage_size": "MaxStorageSize",
    "min_iops_per_db_instance": "MinIopsPerDbInstance",
    "min_iops_per_gib": "MinIopsPerGib",
    "min_storage_size": "MinStorageSize",
    "multi_az_capable": "MultiAZCapable",
    "outpost_capable": "OutpostCapable",
}
TEXTS = ("availability_zone_group", "engine", "engine_version", "instance_class", "license_model", "storage_type")
FEW = 4
"""The error names the matching offers if they are not more than these."""


@data_source("aws_rds_orderable_db_instance")
def orderable_db_instance(aws: Aws, config: State) -> State:
    """Find the one offer that matches, or of several the preferred one. Errors: ProviderError for none, and many."""
    request = {key: config[name] for name, key in ASKED.items() if config[name]}
    pages = aws.client("rds").get_paginator("describe_orderable_db_instance_options").paginate(**request)
    wanted = {key: config[name] for name, key in KEPT.items() if config[name]}
    offers = [
        each
        for page in pages
        for each in page["OrderableDBInstanceOptions"]
        if all(each.get(key) == value for key, value in wanted.items())
    ]
    if not offers:
        raise ProviderError(
            "no RDS Orderable DB Instance Options found matching criteria; try different search",
            f"RDS offers nothing in {aws.region} with {_worded({**request, **wanted})}. "
            "`aws rds describe-orderable-db-instance-options` lists what it does.",
        )
    for name, key in LISTS.items():
        if config[name]:
            offers = _matching(name, config[name], [e for e in offers if set(config[name]) & set(e.get(key) or ())])
    found = _chosen(config, offers, {**request, **wanted})
    zones = [each["Name"] for each in found.get("AvailabilityZones") or ()]
    plain = {name: found.get(key, _zero(name)) for name, key in {**ASKED, **KEPT, **LIMITS}.items()}
    lists = {name: found.get(key) or [] for name, key in LISTS.items()}
    return {**plain, **lists, "id": found["DBInstanceClass"], "availability_zones": zones}


def _zero(name: str) -> str | int | bool:
    """Return the state's value where RDS returns none."""
    if name in TEXTS:
        return ""
    return 0 if name.startswith(("max_", "min_")) else False


def _chosen(config: State, offers: list[Offer], criteria: State) -> Offer:
    versions, classes = config["preferred_engine_versions"], config["preferred_instance_classes"]
    is_latest = bool(config["engine_latest_version"])
    if versions:
        ordered = [each for version in versions for each in offers if each["EngineVersion"] == version]
        offers = _matching("preferred_engine_versions", versions, ordered)
    if classes:
        first = next((name for name in classes if any(each["DBInstanceClass"] == name for each in offers)), None)
        of_class = [each for each in offers if each["DBInstanceClass"] == first]
        offers = _matching("preferred_instance_classes", classes, of_class)
    if versions or classes:
        return max(offers, key=_release) if is_latest else offers[0]
    if len(offers) == 1:
        return offers[0]
    named = f" ({', '.join(map(_named, offers))})" if len(offers) <= FEW else ""
    raise ProviderError(
        f"multiple ({len(offers)}) RDS DB Instance Classes{named} match the criteria; try a different search",
        f"More than one offer has {_worded(criteria)}. Add criteria, such as storage_type, or preferences.",
    )


def _matching(name: str, wanted: Sequence[str], found: list[Offer]) -> list[Offer]:
    if not found:
        raise ProviderError(
            f"no RDS Orderable DB Instance Options found matching {name}: {', '.join(wanted)}",
            "Add one that RDS offers with the other arguments, or remove the argument.",
            (name,),
        )
    return found


def _release(offer: Offer) -> tuple[int, ...]:
    return tuple(int(each) for each in str(offer["EngineVersion"]).split(".") if each.isdigit())


def _named(offer: Offer) -> str:
    return f"{offer['DBInstanceClass']} {offer['EngineVersion']} {offer.get('StorageType', '')}".strip()


def _worded(criteria: State) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(criteria.items()))
