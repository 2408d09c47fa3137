"""The local stores: creates database, cache and bucket, and waits until they can be used."""

import secrets
from collections.abc import Callable
from pathlib import Path

from ops import local_health
from ops.aws.clients import Aws, Wire, error_code
from ops.aws.stores import find_instance, find_replication_group
from ops.console import Console
from ops.environment import data_directory
from ops.errors import CouldNotStart, DataGone
from ops.local.provision.secrets import DATABASE_NAME, DATABASE_USER, SECRET_BYTES, create_secret, secret_value
from ops.parameters import recovery_shape
from ops.waiter import Deadline, wait_for

FAILED = {"failed", "create-failed"}
HEALS_WITHIN_S = 10.0


def ensure_database(aws: Aws, group: str, deadline: Deadline, console: Console) -> str | None:
    """Create the database; return its password, stored in Secrets Manager only. None when RDS keeps it.

    RDS DescribeDBInstances, CreateDBInstance. Errors: DataGone when a database with people's data has disappeared.

    The secret is made first, so that a run interrupted between the two leaves a usable password. When the secret was
    lost and the database exists, it is the other way round: there is no secret until the database has the new password.
    """
    name = aws.environment.prefix
    kept = secret_value(aws, f"{name}/database")
    instance = find_instance(aws, name)
    if managed_secret(instance):
        return None
    password = str(kept["password"] if kept else secrets.token_urlsafe(SECRET_BYTES))
    is_there = instance is not None
    if kept is None and is_there:
        console.say("The secrets were lost: giving the database a new password ...", style="yellow")
        wait_for_database(aws, deadline)
        aws.rds.modify_db_instance(DBInstanceIdentifier=name, MasterUserPassword=password, ApplyImmediately=True)
    if kept is None:
        create_secret(aws, f"{name}/database", {"username": DATABASE_USER, "password": password})
    if is_there:
        return password
    if "database" in (recovery_shape.recorded(aws) or {}):
        raise missing(name, data_directory())
    aws.rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        EngineVersion="16.10",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        DBName=DATABASE_NAME,
        MasterUsername=DATABASE_USER,
        MasterUserPassword=password,
        BackupRetentionPeriod=7,
        VpcSecurityGroupIds=[group],
        PubliclyAccessible=False,
    )
    return password


def managed_secret(instance: Wire | None) -> str | None:
    """Return the ARN of the secret in which RDS stores the master password; None when it does not."""
    return str(instance["MasterUserSecret"]["SecretArn"]) if instance and "MasterUserSecret" in instance else None


def missing(name: str, data_dir: Path) -> DataGone:
    """Return the refusal to make an empty database, with the place of the old one's files if they were set aside."""
    message = f"the database {name} is missing, and an empty one would replace it"
    kept = sorted(path for path in data_dir.glob("rds.set-aside*") if (path / name).is_dir())
    if not kept:
        return DataGone(message, next_step="restore it: `spendsense recover`")
    return DataGone(
        f"{message}; its record, {data_dir / 'moto' / 'rds.state'}, could not be read, but its files are intact in "
        f"{kept[-1] / name}",
        next_step="with a copy of that record: `spendsense down`, put the copy in its place, rename rds.set-aside, "
        f"rds-*.set-aside and regions.set-aside in {data_dir} back over the new ones, then `spendsense up`; "
        "without a copy no backup is known: start PostgreSQL 16 on the data/ directory of those files, and use pg_dump",
    )


def ensure_cache(aws: Aws, group: str) -> None:
    """Make the cache. ElastiCache DescribeReplicationGroups, CreateReplicationGroup."""
    name = aws.environment.prefix
    if find_replication_group(aws, name) is not None:
        return
    aws.elasticache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="SpendSense cache",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1,
        AutomaticFailoverEnabled=False,
        SecurityGroupIds=[group],
    )


def ensure_bucket(aws: Aws) -> None:
    """Make the bucket. S3 HeadBucket, CreateBucket, PutBucketVersioning, PutBucketLifecycleConfiguration."""
    bucket = aws.environment.data_bucket
    try:
        aws.s3.head_bucket(Bucket=bucket)
    except aws.s3.exceptions.ClientError as exc:
        if error_code(exc) not in {"404", "NoSuchBucket"}:
            raise
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.environment.region})
    # Also for an existing bucket: an earlier run may have been interrupted right after creating it.
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    # Files that were announced and sent, but whose upload was never completed.
    abandoned = {
        "ID": "abandoned-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": "announced/"},
        "Expiration": {"Days": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [abandoned]})


def wait_for_database(aws: Aws, deadline: Deadline) -> Wire:
    """Return the database's endpoint once it is available. RDS DescribeDBInstances. Errors: CouldNotStart."""

    def describe() -> Wire:
        found: list[Wire] = aws.rds.describe_db_instances(DBInstanceIdentifier=aws.environment.prefix)["DBInstances"]
        return found[0]

    endpoint: Wire = wait_until_available(aws, "database", describe, "DBInstanceStatus", deadline)["Endpoint"]
    return endpoint


def wait_for_cache(aws: Aws, deadline: Deadline) -> Wire:
    """Return the cache's primary endpoint once it is available. ElastiCache DescribeReplicationGroups."""

    def describe() -> Wire:
        answer = aws.elasticache.describe_replication_groups(ReplicationGroupId=aws.environment.prefix)
        found: list[Wire] = answer["ReplicationGroups"]
        return found[0]

    endpoint: Wire = wait_until_available(aws, "cache", describe, "Status", deadline)["NodeGroups"][0][
        "PrimaryEndpoint"
    ]
    return endpoint


def wait_until_available(aws: Aws, what: str, describe: Callable[[], Wire], field: str, deadline: Deadline) -> Wire:
    """Wait for "available" in a description's `field`. Errors: CouldNotStart with the last status and the reason."""
    described: Wire = {field: ""}
    failed_at_s: float | None = None

    def look() -> Wire | None:
        nonlocal described, failed_at_s
        described = describe()
        if described[field] not in FAILED:
            failed_at_s = None
            return described if described[field] == "available" else None
        failed_at_s = deadline.elapsed_s if failed_at_s is None else failed_at_s
        # A server that died is restarted; one that was never created is not.
        return described if deadline.elapsed_s - failed_at_s >= HEALS_WITHIN_S else None

    wait_for(look, deadline, interval_s=0.1)
    if described[field] == "available":
        return described
    local = aws.environment.local
    why = "; ".join(local_health.look(local.endpoint).failed) if local else ""
    raise CouldNotStart(
        f"the {what} did not become available within {deadline.elapsed_s:.0f} s (it is {described[field]!r})"
        + (f": {why}" if why else ""),
        next_step="see the local cloud's log",
    )
