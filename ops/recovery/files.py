"""Restores files to a moment: S3 versions replace those that were deleted or overwritten since."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ops.aws.clients import Aws

Wire = dict[str, Any]

COPIES_AT_ONCE = 8
REPORTED_EVERY = 100
CLOCKS_APART = timedelta(minutes=1)
"""Tolerance: a file is stored before its row is committed, but S3 and RDS have clocks of their own, and both S3's dates
and the latest moment of a database are given in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectVersion:
    """A version of a key, or a delete marker."""

    key: str
    id: str
    at: datetime
    is_latest: bool
    is_marker: bool
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of keys in one bucket. newer: written after the moment; they stay."""

    seen: int = 0
    restored: int = 0
    newer: int = 0


def restore(aws: Aws, bucket: str, moment: datetime, tick: Callable[[str], None], *, dry_run: bool = False) -> Counts:
    """Restore each key that existed at a moment to its version then. Idempotent: a second run copies nothing.

    S3 ListObjectVersions, CopyObject (a version over the current one: none is lost, and this can be undone).
    """
    to_restore: list[ObjectVersion] = []
    seen = newer = 0
    for versions in by_key(versions_of(aws, bucket)):
        seen += 1
        version = version_to_restore(versions, moment)
        if version is not None:
            to_restore.append(version)
        else:
            newer += all(each.at > moment for each in versions)
    if not dry_run:
        with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
            for number, _ in enumerate(pool.map(partial(copy, aws, bucket), to_restore), start=1):
                if number % REPORTED_EVERY == 0 or number == len(to_restore):
                    tick(f"{bucket}: {number} of {len(to_restore)} files restored")
    return Counts(seen=seen, restored=len(to_restore), newer=newer)


def version_to_restore(versions: list[ObjectVersion], moment: datetime) -> ObjectVersion | None:
    """Choose the version of one key to restore; None when the key is as it was, or did not exist.

    A key that was created later stays: nothing is removed.
    """
    past = [version for version in versions if version.at <= moment]
    then = max(past, key=lambda version: (version.at, version.is_latest), default=None)
    if then is None or then.is_marker:
        little_later = [each for each in versions if moment < each.at <= moment + CLOCKS_APART]
        then = next((each for each in little_later if not each.is_marker), None)
    present = next((version for version in versions if version.is_latest), None)
    if then is None or then == present:
        return None
    is_same = present is not None and not present.is_marker and present.etag == then.etag
    return None if is_same else then


def versions_of(aws: Aws, bucket: str) -> Iterator[ObjectVersion]:
    """Yield a bucket's versions by key, as S3 lists them."""
    for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        listed = [version_from(each, is_marker=False) for each in page.get("Versions", [])]
        listed += [version_from(each, is_marker=True) for each in page.get("DeleteMarkers", [])]
        yield from sorted(listed, key=lambda version: version.key)


def version_from(listed: Wire, *, is_marker: bool) -> ObjectVersion:
    return ObjectVersion(
        key=listed["Key"],
        id=listed["VersionId"],
        at=listed["LastModified"],
        is_latest=listed["IsLatest"],
        is_marker=is_marker,
        etag=listed.get("ETag", ""),
    )


def by_key(versions: Iterable[ObjectVersion]) -> Iterator[list[ObjectVersion]]:
    """Group the versions of each key, even across pages."""
    gathered: list[ObjectVersion] = []
    for version in versions:
        if gathered and gathered[0].key != version.key:
            yield gathered
            gathered = []
        gathered.append(version)
    if gathered:
        yield gathered


def copy(aws: Aws, bucket: str, version: ObjectVersion) -> None:
    """Copy a version over the current one, in parts when boto3 considers it large."""
    source = {"Bucket": bucket, "Key": version.key, "VersionId": version.id}
    aws.retries.persist(lambda: aws.s3.copy(source, bucket, version.key))


def buckets_of(definition: Wire) -> list[str]:
    """Return the buckets that a task definition's variables name."""
    variables = [pair for each in definition["containerDefinitions"] for pair in each.get("environment", [])]
    return sorted({pair["value"] for pair in variables if pair["name"].endswith("_BUCKET")})
