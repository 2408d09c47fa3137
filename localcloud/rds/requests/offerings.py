"""PostgreSQL releases and instance classes that RDS offers. Pure: facts of AWS, with their date.

Releases: AWS's notice of May 2026 (16.5 to 16.8 withdrawn, upgraded to 16.11 or later) and what its CDK lists since.
Classes: those that the Terraform takes, of the families t3, t4g, m and r. Every server here is 16.10, whatever release
it reports, and has the memory of this machine.
"""

from collections.abc import Iterator, Mapping
from typing import Any

ENGINE, MAJOR, FAMILY = "postgres", "16", "postgres16"
RELEASES = ("16.9", "16.10", "16.11", "16.12", "16.13")
"""Offered releases, oldest first."""
DEFAULT = "16.10"
WITHDRAWN = ("16.5", "16.6", "16.7", "16.8")
LICENSE = "postgresql-license"
LOGS = ("postgresql", "upgrade", "iam-db-auth-error")
"""The logs that CloudWatch can have."""
OPTION_GROUP = "default:postgres-16"
"""RDS's own group of options, which has none."""
CA_CERTIFICATES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")

BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
STEADY = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
FAMILIES = {"t3": BURSTABLE, "t4g": BURSTABLE} | dict.fromkeys(
    ("m5", "m6g", "m6i", "m7g", "m7i", "m8g", "r5", "r6g", "r6i", "r7g", "r7i", "r8g"), STEADY
)
CLASSES = tuple(f"db.{family}.{size}" for family, sizes in FAMILIES.items() for size in sizes)
ZONES = {"us-west-1": "ab", "us-west-2": "abcd"}
"""The letters of the zones; three where nothing else is known."""

# In GiB, IOPS, MiB/s; PostgreSQL's limits.
STORAGE: Mapping[str, Mapping[str, int]] = {
    "standard": {"MinStorageSize": 10, "MaxStorageSize": 3072},
    "gp2": {"MinStorageSize": 20, "MaxStorageSize": 65536},
    "gp3": {
        "MinStorageSize": 20,
        "MaxStorageSize": 65536,
        "MinIopsPerDbInstance": 3000,
        "MaxIopsPerDbInstance": 64000,
        "MinStorageThroughputPerDbInstance": 125,
        "MaxStorageThroughputPerDbInstance": 4000,
    },
    "io1": {
        "MinStorageSize": 100,
        "MaxStorageSize": 65536,
        "MinIopsPerDbInstance": 1000,
        "MaxIopsPerDbInstance": 256000,
    },
    "io2": {
        "MinStorageSize": 100,
        "MaxStorageSize": 65536,
        "MinIopsPerDbInstance": 1000,
        "MaxIopsPerDbInstance": 256000,
    },
}
LEAST_SET_IOPS = 12_000
"""The lowest IOPS that can be set for gp3, whose size allows it at all."""
MOST_IOPS_OF_A_GIB = {"gp3": 500, "io1": 50, "io2": 1000}


def release(requested: str) -> str | None:
    """Return the requested release; None when it is not offered."""
    if requested == MAJOR:
        return DEFAULT
    return requested if requested in RELEASES else None


def targets(version: str) -> tuple[str, ...]:
    """Return the newer offered releases, to which an instance can be upgraded. Other majors are not covered."""
    return tuple(each for each in RELEASES if _number(each) > _number(version))


def versions(*, include_all: bool) -> Iterator[dict[str, Any]]:
    """Yield each release for DescribeDBEngineVersions."""
    for version in (*(WITHDRAWN if include_all else ()), *RELEASES):
        yield {
            "Engine": ENGINE,
            "MajorEngineVersion": MAJOR,
            "EngineVersion": version,
            "DBParameterGroupFamily": FAMILY,
            "DBEngineDescription": "PostgreSQL",
            "DBEngineVersionDescription": f"PostgreSQL {version}-R1",
            "ValidUpgradeTarget": [
                {
                    "Engine": ENGINE,
                    "EngineVersion": target,
                    "Description": f"PostgreSQL {target}-R1",
                    "AutoUpgrade": False,
                    "IsMajorVersionUpgrade": False,
                }
                for target in targets(version)
            ],
            "ExportableLogTypes": list(LOGS),
            "SupportsLogExportsToCloudwatchLogs": True,
            "SupportsReadReplica": True,
            "SupportedFeatureNames": [],
            "Status": "deprecated" if version in WITHDRAWN else "available",
            "SupportsParallelQuery": False,
            "SupportsGlobalDatabases": False,
            "SupportsBabelfish": False,
            "SupportsCertificateRotationWithoutRestart": True,
            "SupportedCACertificateIdentifiers": list(CA_CERTIFICATES),
        }


def zones(region: str) -> tuple[str, ...]:
    """Return the names of a region's zones."""
    return tuple(f"{region}{letter}" for letter in ZONES.get(region, "abc"))


def orderable(region: str) -> Iterator[dict[str, Any]]:
    """Yield each release with each class and storage type for DescribeOrderableDBInstanceOptions."""
    named = [{"Name": zone} for zone in zones(region)]
    for version in RELEASES:
        for instance_class in CLASSES:
            for storage, limits in STORAGE.items():
                yield {
                    "Engine": ENGINE,
                    "EngineVersion": version,
                    "DBInstanceClass": instance_class,
                    "LicenseModel": LICENSE,
                    "AvailabilityZones": named,
                    "MultiAZCapable": True,
                    "ReadReplicaCapable": True,
                    "Vpc": True,
                    "SupportsStorageEncryption": True,
                    "StorageType": storage,
                    "SupportsIops": "MaxIopsPerDbInstance" in limits,
                    "SupportsStorageThroughput": "MaxStorageThroughputPerDbInstance" in limits,
                    "SupportsEnhancedMonitoring": True,
                    "SupportsIAMDatabaseAuthentication": True,
                    "SupportsPerformanceInsights": True,
                    "SupportsStorageAutoscaling": storage != "standard",
                    "SupportsKerberosAuthentication": True,
                    "OutpostCapable": False,
                    "SupportsGlobalDatabases": False,
                    "SupportedNetworkTypes": ["IPV4", "DUAL"],
                    "SupportsClusters": False,
                    **limits,
                }


def certificates(region: str) -> Iterator[dict[str, Any]]:
    """Yield each authority for DescribeCertificates, without dates and thumbprints, which differ in each region."""
    for name in CA_CERTIFICATES:
        yield {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "CertificateArn": f"arn:aws:rds:{region}::cert:{name}",
            "CustomerOverride": False,
        }


def storage_changes(present_gib: int) -> list[dict[str, Any]]:
    """Return the storage options of DescribeValidDBInstanceModifications: an instance's storage cannot shrink."""
    found: list[dict[str, Any]] = []
    for kind, limits in STORAGE.items():
        if present_gib > limits["MaxStorageSize"]:
            continue
        each: dict[str, Any] = {
            "StorageType": kind,
            "StorageSize": [_range(max(present_gib, limits["MinStorageSize"]), limits["MaxStorageSize"])],
            "SupportsStorageAutoscaling": kind != "standard",
        }
        if "MaxIopsPerDbInstance" in limits:
            least = LEAST_SET_IOPS if kind == "gp3" else limits["MinIopsPerDbInstance"]
            each["ProvisionedIops"] = [_range(least, limits["MaxIopsPerDbInstance"])]
            each["IopsToStorageRatio"] = [{"From": 0.5, "To": float(MOST_IOPS_OF_A_GIB[kind])}]
        if "MaxStorageThroughputPerDbInstance" in limits:
            most = limits["MaxStorageThroughputPerDbInstance"]
            each["ProvisionedStorageThroughput"] = [_range(limits["MinStorageThroughputPerDbInstance"], most)]
        found.append(each)
    return found


def _range(first: int, last: int) -> dict[str, int]:
    return {"From": first, "To": last, "Step": 1}


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
