"""The services that are fuzzed: which part responds, what exists before, and where to look for leftovers.

To add one: a `Subject` with a `prepare` that makes one of each thing, and its names in `known`.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.host import Host
from localcloud.rds.databases import Databases
from tests.fuzz.inputs import Known
from tests.integration.localcloud.conftest import Cloud
from tests.integration.localcloud.rds.instances import created, in_status


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`service`: botocore's name. `parts` by signing name. `known`: see `Inputs`; the others: see `Fuzz`."""

    service: str
    parts: dict[str, Callable[[Host], Any]]
    known: Known
    prepare: Callable[[Cloud], Awaitable[None]]
    listed: Callable[[Cloud, Any], Collection[str]]
    without: Sequence[str] = field(default=())
    checks_codes: bool = False
    only: Collection[str] = field(default=())


async def _prepare_rds(cloud: Cloud) -> None:
    group = {"DBParameterGroupName": "fuzz-group"}
    await cloud.call("rds", "create_db_parameter_group", **group, DBParameterGroupFamily="postgres16", Description="d")
    await created(cloud, "fuzz-db")
    await in_status(cloud, "available", "fuzz-db")
    names = {"DBInstanceIdentifier": "fuzz-db", "DBSnapshotIdentifier": "fuzz-snapshot"}
    await cloud.call("rds", "create_db_snapshot", **names)
    await in_status(cloud, "available", "fuzz-db")


def _listed_in_rds(cloud: Cloud, client: Any) -> Collection[str]:
    """List records of the API and directories on disk: a directory without a record is also a leftover."""
    records = {
        f"{kind} {each[name]}"
        for kind, name, listed in (
            ("instance", "DBInstanceIdentifier", client.describe_db_instances()["DBInstances"]),
            ("snapshot", "DBSnapshotIdentifier", client.describe_db_snapshots()["DBSnapshots"]),
            ("group", "DBParameterGroupName", client.describe_db_parameter_groups()["DBParameterGroups"]),
            ("subnets", "DBSubnetGroupName", client.describe_db_subnet_groups()["DBSubnetGroups"]),
        )
        for each in listed
        if not str(each[name]).startswith(("rds:", "default."))  # of their own accord
    }
    directories = {f"directory {path.name}" for path in (cloud.host.data_directory / "rds").iterdir()}
    return records | directories


SUBJECTS = (
    Subject(
        service="rds",
        parts={"rds": Databases},
        known={
            "DBInstanceIdentifier": ["fuzz-db", "FUZZ-DB"],
            "SourceDBInstanceIdentifier": ["fuzz-db", "arn:aws:rds:us-west-1:123456789012:db:fuzz-db"],
            "DBSnapshotIdentifier": ["fuzz-snapshot", "fuzz-other"],
            "SourceDBSnapshotIdentifier": ["fuzz-snapshot"],
            "DBParameterGroupName": ["fuzz-group", "default.postgres16"],
            "SourceDBParameterGroupIdentifier": ["fuzz-group"],
            "DBParameterGroupFamily": ["postgres16"],
            "ParameterName": ["max_connections", "log_statement", "rds.force_ssl"],
            "ResourceName": [
                "arn:aws:rds:us-west-1:123456789012:db:fuzz-db",
                "arn:aws:rds:us-west-1:123456789012:pg:fuzz-group",
            ],
            "Engine": ["postgres"],
            "EngineVersion": ["16.10", "16", "15.3"],
            "DBInstanceClass": ["db.t4g.micro"],
        },
        prepare=_prepare_rds,
        checks_codes=True,
        listed=_listed_in_rds,
    ),
)
