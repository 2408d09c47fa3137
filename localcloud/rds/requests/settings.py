"""Checks of an instance's storage, port, place and options, in AWS's words where those are known. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.errors import AwsError
from localcloud.rds.requests import offerings
from localcloud.rds.requests.fields import Form, is_true

VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
PORTS = range(1150, 65536)
IOPS_FROM_GIB = 400
"""gp3's size from which IOPS and throughput can be set."""
INSIGHTS_DAYS = (7, 731, *range(31, 731, 31))
OTHER_ENGINES = (
    "CharacterSetName",
    "CustomIamInstanceProfile",
    "NcharCharacterSetName",
    "TdeCredentialArn",
    "Timezone",
)
"""Parameters that are not for PostgreSQL."""
CHOICES = {
    "BackupTarget": ("region", "outposts", "local"),
    "EngineLifecycleSupport": ("open-source-rds-extended-support", "open-source-rds-extended-support-disabled"),
}
RESERVED = frozenset(
    {
        "admin", "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case",
        "cast", "check", "collate", "column", "constraint", "create", "current_catalog", "current_date",
        "current_role", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc",
        "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "from", "grant", "group",
        "having", "in", "initially", "intersect", "into", "lateral", "leading", "limit", "localtime",
        "localtimestamp", "not", "null", "offset", "on", "only", "or", "order", "placing", "primary", "rdsadmin",
        "references", "returning", "select", "session_user", "some", "symmetric", "system_user", "table", "then",
        "to", "trailing", "true", "union", "unique", "user", "using", "variadic", "when", "where", "window", "with",
    }
)  # fmt: skip
"""PostgreSQL's reserved words, and RDS's own."""


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The present storage of an instance."""

    kind: str
    gib: int


def check_settings(form: Form, region: str, present: Storage | None) -> None:
    """Check the parameters that are there. `present`: None for a new instance. Errors: AwsError."""
    if present is None and "MasterUserSecretKmsKeyId" in form and not is_true(form, "ManageMasterUserPassword"):
        words = "You can't specify MasterUserSecretKmsKeyId unless you enable ManageMasterUserPassword."
        raise AwsError(COMBINATION, words)
    for code, message in (*_of_storage(form, present), *_of_place(form, region), *_of_options(form)):
        raise AwsError(code, message)
    certificate = form.get("CACertificateIdentifier")
    if certificate is not None and certificate not in offerings.CA_CERTIFICATES:
        raise AwsError("CertificateNotFound", f"Certificate not found: {certificate}", 404)


def check_names(form: Form) -> None:
    """Check the names of a new instance's user and database. Errors: AwsError."""
    user, database = form.get("MasterUsername", ""), form.get("DBName")
    if user.lower() in RESERVED:
        words = f"MasterUsername {user} cannot be used as it is a reserved word used by the engine"
        raise AwsError(VALUE, words)
    if database is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", database):
        raise AwsError(VALUE, "DBName must begin with a letter and contain only alphanumeric characters.")
    if database is not None and database.lower() in RESERVED:
        raise AwsError(VALUE, f"DBName {database} cannot be used. It is a reserved word for this engine")


def _of_storage(form: Form, present: Storage | None) -> Iterator[tuple[str, str]]:
    iops, throughput = (int(form[name]) if name in form else None for name in ("Iops", "StorageThroughput"))
    kind = form.get("StorageType") or (present.kind if present else "gp2" if iops is None else "io1")
    if kind not in offerings.STORAGE:
        yield VALUE, f"Invalid storage type: {kind}"
        return
    limits, named = offerings.STORAGE[kind], f"engine name postgres and storage type {kind}"
    gib = int(form["AllocatedStorage"]) if "AllocatedStorage" in form else present.gib if present else None
    if gib is None:
        return
    if not limits["MinStorageSize"] <= gib <= limits["MaxStorageSize"]:
        yield VALUE, f"Invalid storage size for {named}: {gib}"
    if present and gib < present.gib:
        yield COMBINATION, f"Requested storage size ({gib}) cannot be less than the current size ({present.gib})"
    if 0 < int(form.get("MaxAllocatedStorage", "0")) < gib:  # the same size turns the growth off
        yield COMBINATION, "Max storage size must be greater than storage size"
    if kind == "gp3" and gib < IOPS_FROM_GIB and (iops, throughput) != (None, None):
        yield (
            COMBINATION,
            "You can't specify IOPS or storage throughput for engine postgres and a storage size less than "
            f"{IOPS_FROM_GIB}.",
        )
    if throughput is not None and kind != "gp3":
        yield COMBINATION, f"You can't specify storage throughput for {named}."
    if iops is None and kind in ("io1", "io2") and not (present and present.kind == kind):
        yield COMBINATION, f"You must specify IOPS for {named}."
    if iops is not None:
        yield from _of_iops(iops, kind, gib, named)


def _of_iops(iops: int, kind: str, gib: int, named: str) -> Iterator[tuple[str, str]]:
    limits = offerings.STORAGE[kind]
    if "MaxIopsPerDbInstance" not in limits:
        yield COMBINATION, f"You can't specify IOPS for {named}."
    elif (
        not (offerings.LEAST_SET_IOPS if kind == "gp3" else limits["MinIopsPerDbInstance"])
        <= iops
        <= limits["MaxIopsPerDbInstance"]
    ):
        yield COMBINATION, f"Invalid iops value for {named}: {iops}"
    elif iops > gib * offerings.MOST_IOPS_OF_A_GIB[kind]:
        yield COMBINATION, f"Invalid iops to storage (GB) ratio for {named}: {iops / gib:g}"


def _of_place(form: Form, region: str) -> Iterator[tuple[str, str]]:
    zone = form.get("AvailabilityZone")
    if zone and is_true(form, "MultiAZ"):
        yield COMBINATION, "Requesting a specific availability zone is not valid for Multi-AZ instances."
    if zone and zone not in offerings.zones(region):
        yield VALUE, f"{zone} is not an availability zone of {region}: {', '.join(offerings.zones(region))} are."
    port = form.get("Port") or form.get("DBPortNumber")
    if port is not None and int(port) not in PORTS:
        yield VALUE, f"Invalid database port: {port}. Must be a value from {PORTS[0]} to {PORTS[-1]}."
    network = form.get("NetworkType", "IPV4")
    if network not in ("IPV4", "DUAL"):
        yield VALUE, f"Invalid network type: {network}. Valid network types are IPV4, DUAL."


def _of_options(form: Form) -> Iterator[tuple[str, str]]:
    if (terms := form.get("LicenseModel", offerings.LICENSE)) != offerings.LICENSE:
        yield (
            COMBINATION,
            f"Invalid license model '{terms}' for engine 'postgres'. Valid license models are: {offerings.LICENSE}.",
        )
    for name in OTHER_ENGINES:
        if name in form:
            yield COMBINATION, f"{name} is not supported for engine postgres."
    if is_true(form, "MultiTenant"):
        yield COMBINATION, "MultiTenant is not supported for engine postgres."
    for name, choices in CHOICES.items():
        if form.get(name, choices[0]) not in choices:
            yield VALUE, f"Invalid {name}: {form[name]}. Valid values are: {', '.join(choices)}."
    days = form.get("PerformanceInsightsRetentionPeriod")
    if days is not None and int(days) not in INSIGHTS_DAYS:
        yield VALUE, f"Invalid Performance Insights retention period: {days}. It is 7, 731 or a multiple of 31 days."
    logs = [
        value
        for name, value in form.items()
        if name.startswith(("EnableCloudwatchLogsExports.", "CloudwatchLogsExportConfiguration.EnableLogTypes."))
    ]
    if wrong := [each for each in logs if each not in offerings.LOGS]:
        yield (
            COMBINATION,
            f"You cannot use the log types '{', '.join(wrong)}' with engine version postgres {offerings.DEFAULT}. "
            "For supported log types, see the documentation.",
        )
