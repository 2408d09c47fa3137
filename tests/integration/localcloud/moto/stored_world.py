"""A local cloud with a resource in every part, the facts that its clients rely on, and ways to damage its files."""

import asyncio
import functools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import redis
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Daemon, until
from tests.integration.localcloud.rds.instances import PASSWORD

TOKEN = "a-token-of-more-than-16-characters"
NAME = "kept"
WAIT_S = 90.0
BUCKET = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}


class Damage(StrEnum):
    """The ways in which a file can differ from what was written."""

    REMOVED = "removed"
    EMPTY = "empty"
    CUT = "cut"
    RANDOM = "random"
    OTHER_JSON = "other JSON"
    DIRECTORY = "directory"


def do(damage: Damage, path: Path) -> None:
    content = path.read_bytes()
    match damage:
        case Damage.REMOVED:
            path.unlink()
        case Damage.EMPTY:
            path.write_bytes(b"")
        case Damage.CUT:
            path.write_bytes(content[: len(content) // 2])
        case Damage.RANDOM:
            path.write_bytes(bytes(number * 167 % 256 for number in range(max(16, min(len(content), 4096)))))
        case Damage.OTHER_JSON:
            path.write_bytes(b"null" if content.lstrip().startswith(b"[") else b"[]")
        case Damage.DIRECTORY:
            path.unlink()
            path.mkdir()


@dataclass(frozen=True)
class Fact:
    """A fact that was acknowledged to a client.

    `beside`: path prefixes of files without which the fact may be lost, if that is reported. moto's state files are not
    among them: each has a copy.
    """

    name: str
    holds: Callable[[], bool]
    beside: tuple[str, ...]


class World:
    """A local cloud and its resources."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.client = functools.cache(daemon.client)
        """The clients, by service."""

    def fill(self) -> None:
        """Create one of everything that is stored."""
        client = self.client
        client("secretsmanager").create_secret(Name=NAME, SecretString="secret")
        client("s3").create_bucket(Bucket=NAME, **BUCKET)
        client("s3").put_public_access_block(
            Bucket=NAME,
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True},
        )
        client("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
        for body in (b"former", b"first"):
            client("s3").put_object(Bucket=NAME, Key="one", Body=body)
        client("s3").put_object(Bucket=NAME, Key="two", Body=b"second")
        client("cloudwatch").put_metric_alarm(
            AlarmName=NAME, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client("logs").create_log_group(logGroupName=NAME)
        client("logs").create_log_stream(logGroupName=NAME, logStreamName=NAME)
        client("ecs").create_cluster(clusterName=NAME)
        client("elasticache").create_replication_group(
            ReplicationGroupId=NAME, ReplicationGroupDescription="d", Engine="redis", CacheNodeType="cache.t4g.micro",
            AuthToken=TOKEN, TransitEncryptionEnabled=True,
        )  # fmt: skip
        client("apigatewayv2").create_api(Name=NAME, ProtocolType="HTTP")
        client("rds").create_db_instance(
            DBInstanceIdentifier=NAME, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
            MasterUsername="master", MasterUserPassword=PASSWORD, DBName="db", DeletionProtection=True,
            BackupRetentionPeriod=1,
        )  # fmt: skip
        until(lambda: self.database()["DBInstanceStatus"] == "available", "the database", WAIT_S)
        asyncio.run(self.ask("CREATE TABLE kept AS SELECT 'row' AS content"))
        client("rds").create_db_snapshot(DBInstanceIdentifier=NAME, DBSnapshotIdentifier="snap")
        snapshots = client("rds").describe_db_snapshots
        until(lambda: snapshots(DBSnapshotIdentifier="snap")["DBSnapshots"][0]["Status"] == "available", "it", WAIT_S)
        until(lambda: self.cache().set("k", "v"), "the cache", WAIT_S)
        client("elasticache").create_snapshot(ReplicationGroupId=NAME, SnapshotName="snap")

    def health(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.daemon.endpoint['endpoint']}/_localcloud/health", timeout=30)
        return dict(answer.json())

    def database(self) -> dict[str, Any]:
        [found] = self.client("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
        return dict(found)

    def cache(self, token: str | None = TOKEN, **options: Any) -> Any:
        [group] = self.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"]
        endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
        where = {"host": endpoint["Address"], "port": endpoint["Port"]}
        return redis.Redis(**where, password=token, socket_timeout=10, **options)

    def is_cache_open(self) -> bool:
        """Return whether a client without the token is admitted."""
        try:
            return bool(self.cache(None, retry=None).ping())  # with retries, a refusal takes seconds
        except (redis.RedisError, ClientError):
            return False

    def former_version(self) -> bytes:
        s3 = self.client("s3")
        [version] = [
            each["VersionId"]
            for each in s3.list_object_versions(Bucket=NAME, Prefix="one")["Versions"]
            if not each["IsLatest"]
        ]
        return bytes(s3.get_object(Bucket=NAME, Key="one", VersionId=version)["Body"].read())

    async def ask(self, query: str) -> object:
        """Return the first value that the database answers, as its master."""
        endpoint = self.database()["Endpoint"]
        where = {"host": endpoint["Address"], "port": endpoint["Port"], "database": "db"}
        connection = await asyncpg.connect(**where, user="master", password=PASSWORD, timeout=10)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def connects(self, password: str | None, user: str = "master") -> bool:
        try:
            endpoint = self.database()["Endpoint"]
            connection = await asyncpg.connect(
                host=endpoint["Address"], port=endpoint["Port"], user=user, password=password, database="db", timeout=10
            )
        except (OSError, KeyError, ClientError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    def has_row(self) -> bool:
        try:
            return asyncio.run(self.ask("SELECT content FROM kept")) == "row"
        except (OSError, KeyError, ClientError, asyncpg.PostgresError, TimeoutError):
            return False

    def facts(self) -> Iterator[Fact]:
        yield from self.facts_of_objects()
        yield from self.facts_of_databases()
        client = self.client
        yield Fact(
            "secret",
            holds(lambda: client("secretsmanager").get_secret_value(SecretId=NAME)["SecretString"] == "secret"),
            (),
        )
        yield Fact("alarm", holds(lambda: client("cloudwatch").describe_alarms()["MetricAlarms"]), ())
        yield Fact("log group", holds(lambda: client("logs").describe_log_groups()["logGroups"]), ())
        streams = holds(lambda: client("logs").describe_log_streams(logGroupName=NAME)["logStreams"])
        yield Fact("log stream", streams, ("logs.sqlite",))
        clusters = holds(lambda: client("ecs").describe_clusters(clusters=[NAME])["clusters"])
        yield Fact("cluster", clusters, ("ecs.json",))
        yield Fact("cache", holds(lambda: self.cache().get("k") == b"v"), (f"elasticache/{NAME}/data/",))
        yield Fact("api", holds(lambda: client("apigatewayv2").get_apis()["Items"]), ())

    def facts_of_objects(self) -> Iterator[Fact]:
        client = self.client

        def body(key: str) -> bytes:
            return bytes(client("s3").get_object(Bucket=NAME, Key=key)["Body"].read())

        bodies = ("moto/s3-bodies/",)
        yield Fact("object one", holds(lambda: body("one") == b"first"), bodies)
        yield Fact("object two", holds(lambda: body("two") == b"second"), bodies)
        yield Fact("former version of object one", holds(lambda: self.former_version() == b"former"), bodies)
        one_at_least = holds(lambda: any(_or_none(body, key) for key in ("one", "two")))
        yield Fact("one object at least", one_at_least, ())
        yield Fact("public access block", holds(lambda: client("s3").get_public_access_block(Bucket=NAME)), ())

    def facts_of_databases(self) -> Iterator[Fact]:
        data = (f"rds/{NAME}/data/",)
        serving = ("available", "backing-up", "starting")
        yield Fact("database", holds(lambda: self.database()["DBInstanceStatus"] in serving), data)
        yield Fact("master", lambda: asyncio.run(self.connects(PASSWORD)), data)
        yield Fact("row", self.has_row, data)
        yield Fact("deletion protection", holds(lambda: self.database()["DeletionProtection"]), ())
        yield Fact(
            "snapshot",
            holds(lambda: self.snapshot()["Status"] in ("available", "creating")),
            ("rds-snapshots/snap/",),
        )

    def snapshot(self) -> dict[str, Any]:
        found = self.client("rds").describe_db_snapshots(DBSnapshotIdentifier="snap")["DBSnapshots"][0]
        return dict(found)


def holds(ask: Callable[[], object]) -> Callable[[], bool]:
    """Return a check: false where nothing answers or nothing is found."""

    def checked() -> bool:
        try:
            return bool(ask())
        except (ClientError, redis.RedisError, KeyError):
            return False

    return checked


def make_foreign(directory: Path, **versions: str) -> None:
    """Have every file of moto's state say that other versions wrote it."""
    for path in (directory / "moto").glob("*.state*"):
        header, _, data = path.read_bytes().partition(b"\n")
        path.write_bytes(json.dumps({**json.loads(header), **versions}).encode() + b"\n" + data)


def _or_none(body: Callable[[str], bytes], key: str) -> bytes | None:
    try:
        return body(key)
    except ClientError:
        return None


def files(directory: Path) -> list[Path]:
    """Return the relative path of every stored file.

    Of a PostgreSQL cluster, only the files at its top and one from each directory.
    """
    found: list[Path] = []
    folders: set[Path] = set()
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        relative = path.relative_to(directory)
        if "data" in relative.parts and relative.parts[0] == "rds":
            top = relative.parts[relative.parts.index("data") + 1]
            is_top = len(relative.parts) == relative.parts.index("data") + 2 or relative.name == "pg_control"
            if not is_top and Path(top) in folders:
                continue
            folders |= set() if is_top else {Path(top)}
        found.append(relative)
    return found


def rounds(paths: Iterable[Path]) -> list[list[Path]]:
    """Return each file once, in rounds.

    The files of a round belong to different parts, so that a loss identifies its file.
    """
    parts: dict[str, list[Path]] = {}
    for path in paths:
        service = path.name.split(".")[0] if path.parts[:-1] == ("moto",) else ""
        parts.setdefault("/".join((*path.parts[:-1][:2], service)), []).append(path)
    return [[path for path in found if path is not None] for found in zip_longest(*parts.values())]


def replace_directory(directory: Path, template: Path) -> None:
    """Restore a data directory; owners and times stay, as PostgreSQL requires."""
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run(["cp", "-a", str(template), str(directory)], check=True)
