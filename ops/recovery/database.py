"""Restores the database to a new instance beside the current one, then gives it the environment's name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ops.aws.clients import Aws, Wire
from ops.aws.once import once
from ops.aws.secret_store import CURRENT, SecretStore
from ops.aws.stores import find_instance
from ops.console import Console
from ops.errors import AwsRefused, Misuse, NotFound, WaitTimedOut
from ops.parameters.recovery_journal import Journal
from ops.parameters.recovery_shape import database_shape
from ops.waiter import Deadline, wait_for

REPORTED_EVERY_S = 10
# RDS statuses that do not end by themselves.
HOPELESS = ("failed", "incompatible-", "deleting", "inaccessible-encryption", "storage-full")


class Kind(StrEnum):
    """The kinds of source that a database can be restored from."""

    INSTANCE = "instance"
    BACKUP = "automated backup"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """name: an identifier, or the ARN of an automated backup. earliest, latest: the window; equal for a snapshot."""

    kind: Kind
    name: str
    earliest: datetime
    latest: datetime

    @property
    def window(self) -> str:
        if self.earliest == self.latest:
            return f"{self.latest:%Y-%m-%dT%H:%M:%SZ}"
        return f"{self.earliest:%Y-%m-%dT%H:%M:%SZ} to {self.latest:%Y-%m-%dT%H:%M:%SZ}"


def find_source(aws: Aws, moment: datetime | None) -> Source:
    """Find the best source for the database at a moment (None: the latest): first the instance's own logs.

    RDS DescribeDBInstances, DescribeDBInstanceAutomatedBackups, DescribeDBSnapshots. Errors: NotFound, Misuse.
    """
    sources = list(sources_of(aws))
    if not sources:
        raise NotFound(
            f"the database {aws.environment.prefix} cannot be restored: RDS has no backup and no snapshot of it",
            next_step="look in the vault of AWS Backup and in the other region: docs/region-lost.md",
        )
    if moment is None:
        return max(sources, key=lambda source: source.latest)
    for source in sources:
        if source.earliest <= moment <= source.latest:
            return source
    snapshots = [source for source in sources if source.kind is Kind.SNAPSHOT and source.latest <= moment]
    if snapshots:
        return max(snapshots, key=lambda source: source.latest)
    windows = "; ".join(f"{source.kind}: {source.window}" for source in sources)
    raise Misuse(
        f"--to {moment:%Y-%m-%dT%H:%M:%SZ}: no backup covers this time; available: {windows}",
        next_step="choose a time within one of these ranges, or omit --to for the latest",
    )


def sources_of(aws: Aws) -> list[Source]:
    """Return all sources, the most exact first."""
    name = aws.environment.prefix
    instance = find_instance(aws, name)
    response = aws.rds.describe_db_instance_automated_backups(DBInstanceIdentifier=name)
    backups = [each for each in response["DBInstanceAutomatedBackups"] if "LatestTime" in each.get("RestoreWindow", {})]
    found = []
    if instance is not None and "LatestRestorableTime" in instance:
        own = [each for each in backups if each.get("DbiResourceId") == instance["DbiResourceId"]]
        earliest = own[0]["RestoreWindow"]["EarliestTime"] if own else instance["LatestRestorableTime"]
        found.append(Source(kind=Kind.INSTANCE, name=name, earliest=earliest, latest=instance["LatestRestorableTime"]))
    retained = [each for each in backups if each.get("Status") == "retained"]
    found += [
        Source(
            kind=Kind.BACKUP,
            name=each["DBInstanceAutomatedBackupsArn"],
            earliest=each["RestoreWindow"]["EarliestTime"],
            latest=each["RestoreWindow"]["LatestTime"],
        )
        for each in sorted(retained, key=lambda each: each["RestoreWindow"]["LatestTime"], reverse=True)
    ]
    pages = aws.rds.get_paginator("describe_db_snapshots").paginate(DBInstanceIdentifier=name)
    for snapshot in (each for page in pages for each in page["DBSnapshots"]):
        if snapshot["Status"] == "available":
            taken = snapshot["SnapshotCreateTime"]
            found.append(
                Source(kind=Kind.SNAPSHOT, name=snapshot["DBSnapshotIdentifier"], earliest=taken, latest=taken)
            )
    return found


def restore(aws: Aws, journal: Journal, shape: Wire, deadline: Deadline, console: Console) -> None:
    """Restore into a separate instance and wait until it is available.

    RDS RestoreDBInstanceToPointInTime or RestoreDBInstanceFromDBSnapshot. Errors: AwsRefused, WaitTimedOut.
    """
    aws.retries.persist(lambda: begin_restore(aws, journal, shape))
    instance = available(aws, journal.restoring, deadline, console)
    journal.restored_id = instance["DbiResourceId"]


def begin_restore(aws: Aws, journal: Journal, shape: Wire) -> None:
    """Request the restored instance unless it exists."""
    if find_instance(aws, journal.restoring) is None:
        if journal.source_kind == Kind.SNAPSHOT:
            aws.rds.restore_db_instance_from_db_snapshot(
                DBInstanceIdentifier=journal.restoring, DBSnapshotIdentifier=journal.source, **shape["restore"]
            )
        else:
            if journal.latest and journal.source_kind == Kind.INSTANCE:  # the latest moment has advanced since the plan
                journal.moment = find_source(aws, None).latest.isoformat()
            backup = journal.source_kind == Kind.BACKUP
            source = "SourceDBInstanceAutomatedBackupsArn" if backup else "SourceDBInstanceIdentifier"
            when: Wire = {"UseLatestRestorableTime": True} if journal.latest else {"RestoreTime": journal.moment_time}
            aws.rds.restore_db_instance_to_point_in_time(
                TargetDBInstanceIdentifier=journal.restoring, **{source: journal.source}, **when, **shape["restore"]
            )


def swap(aws: Aws, journal: Journal, deadline: Deadline, console: Console) -> None:
    """Give the restored instance the environment's name; an instance that has it is renamed and keeps its data.

    The name determines the endpoint, so clients find the new instance under the old endpoint. RDS ModifyDBInstance.
    """
    name = aws.environment.prefix
    present = find_instance(aws, name)
    if present is not None and present["DbiResourceId"] != journal.restored_id:
        rename(aws, name, journal.set_aside, deadline, console)
        present = None
    if present is None:
        rename(aws, journal.restoring, name, deadline, console)
    available(aws, name, deadline, console)


def rename(aws: Aws, before: str, after: str, deadline: Deadline, console: Console) -> None:
    present = available_or_renaming(aws, before, deadline, console)
    if present["DBInstanceStatus"] == "available":
        console.say(f"Renaming {before} to {after}")
        once(aws, lambda: begin_renaming(aws, before, after), lambda: is_renamed(aws, before))
    available(aws, after, deadline, console)


def begin_renaming(aws: Aws, before: str, after: str) -> bool:
    aws.rds.modify_db_instance(DBInstanceIdentifier=before, NewDBInstanceIdentifier=after, ApplyImmediately=True)
    return True


def is_renamed(aws: Aws, before: str) -> bool | None:
    """Return whether an instance has already been renamed, or is being renamed."""
    present = find_instance(aws, before)
    return True if present is None or present["DBInstanceStatus"] != "available" else None


def complete(aws: Aws, shape: Wire, deadline: Deadline, console: Console) -> None:
    """Set what a restore leaves out: backups, windows, monitoring, who stores the password. RDS ModifyDBInstance."""
    name = aws.environment.prefix
    present = database_shape(available(aws, name, deadline, console))["modify"]
    missing = {key: value for key, value in shape["modify"].items() if present.get(key) != value}
    if missing:
        if missing.keys() & {"MasterUserSecretKmsKeyId"} and shape["modify"].get("ManageMasterUserPassword"):
            missing["ManageMasterUserPassword"] = True
        aws.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **missing)
        available(aws, name, deadline, console)
    if shape["modify"].get("ManageMasterUserPassword"):
        interval_s = aws.environment.poll_interval_s
        if wait_for(lambda: master_secret(aws, name), deadline, interval_s=interval_s) is None:
            raise timed_out(name, "its password's secret is not active", deadline)


def master_secret(aws: Aws, name: str) -> str | None:
    """Return the ARN of the secret in which RDS stores the password, once it is active."""
    secret = (find_instance(aws, name) or {}).get("MasterUserSecret", {})
    return str(secret["SecretArn"]) if secret.get("SecretStatus") == "active" else None


def point_secret(aws: Aws) -> None:
    """Put the restored instance's endpoint into the secret `database`; nothing else in it changes."""
    store = SecretStore(aws)
    value = store.read("database", CURRENT)
    endpoint = find_instance(aws, aws.environment.prefix) or {}
    if value is None or "Endpoint" not in endpoint:
        raise NotFound(
            f"the secret {store.name('database')} or the database's endpoint is missing",
            next_step=f"`spendsense secrets init --env {aws.environment.name}`, then run this command again",
        )
    pointed_value = pointed(value, endpoint["Endpoint"]["Address"], int(endpoint["Endpoint"]["Port"]))
    if pointed_value != value:
        store.put("database", pointed_value)


def pointed(value: dict[str, Any], host: str, port: int) -> dict[str, Any]:
    """Return a connection's secret with another host and port, in its URL too."""
    changed = value | {key: found for key, found in (("host", host), ("port", port)) if key in value}
    if "url" in value:
        url = urlsplit(str(value["url"]))
        who = url.netloc.rpartition("@")[0]
        changed["url"] = urlunsplit(url._replace(netloc=f"{who}@{host}:{port}" if who else f"{host}:{port}"))
    return changed


def available(aws: Aws, identifier: str, deadline: Deadline, console: Console) -> Wire:
    """Wait until an instance is available. Errors: AwsRefused when it has failed, WaitTimedOut."""
    return reaching(aws, identifier, {"available"}, deadline, console)


def available_or_renaming(aws: Aws, identifier: str, deadline: Deadline, console: Console) -> Wire:
    """Wait until an instance is available, or until a rename that an earlier run began is in progress."""
    return reaching(aws, identifier, {"available", "renaming"}, deadline, console)


def reaching(aws: Aws, identifier: str, statuses: set[str], deadline: Deadline, console: Console) -> Wire:
    status = "not created yet"

    def look() -> Wire | None:
        nonlocal status
        instance = find_instance(aws, identifier)
        status = instance["DBInstanceStatus"] if instance else "not created yet"
        tick(f"{identifier}: {status}, {deadline.elapsed_s // REPORTED_EVERY_S * REPORTED_EVERY_S:.0f} s")
        if status.startswith(HOPELESS):
            raise AwsRefused(
                f"database instance {identifier} is {status}",
                next_step="check its events (`aws rds describe-events`), delete it, then run the same command again",
            )
        return instance if status in statuses else None

    with console.ticker() as tick:
        found = wait_for(look, deadline, interval_s=aws.environment.poll_interval_s)
    if found is None:
        raise timed_out(identifier, f"it is {status}", deadline)
    return found


def timed_out(identifier: str, found: str, deadline: Deadline) -> WaitTimedOut:
    return WaitTimedOut(
        f"database instance {identifier}: not ready within {deadline.timeout_s:g} s: {found}",
        next_step="run the same command again: it resumes here",
    )
