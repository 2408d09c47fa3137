"""Files restored to a moment: the version that is chosen, and the contents of moto's S3 afterwards."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from ops.aws.clients import Aws
from ops.recovery.files import Counts, ObjectVersion, by_key, restore, version_to_restore
from ops.waiter import Deadline, wait_for

MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)
BUCKET = "spendsense-local-data"
ids = count()


def version(
    minutes: int, etag: str = "a", *, key: str = "k", latest: bool = False, marker: bool = False
) -> ObjectVersion:
    at = MOMENT + timedelta(minutes=minutes)
    return ObjectVersion(key=key, id=str(next(ids)), at=at, is_latest=latest, is_marker=marker, etag=etag)


def test_a_file_deleted_since_then_is_restored() -> None:
    then = version(-1)
    assert version_to_restore([version(1, latest=True, marker=True), then], MOMENT) == then


def test_a_file_overwritten_since_then_is_restored() -> None:
    then = version(-1, "old")
    assert version_to_restore([version(1, "new", latest=True), then, version(-2, "older")], MOMENT) == then


def test_a_version_of_exactly_that_moment_counts() -> None:
    then = version(0, "old")
    assert version_to_restore([version(1, "new", latest=True), then], MOMENT) == then


def test_a_file_dated_slightly_after_its_row_is_restored() -> None:
    stored = version(1)
    assert version_to_restore([version(2, latest=True, marker=True), stored], MOMENT) == stored
    assert version_to_restore([version(2, latest=True, marker=True), version(2, "x")], MOMENT) is None


@pytest.mark.parametrize(
    "versions",
    [
        [version(-1, latest=True)],
        [version(1, "a", latest=True), version(-1, "a")],
        [version(1, latest=True)],
        [version(1, latest=True), version(-1, marker=True), version(-2)],
        [version(-1, latest=True, marker=True), version(-2)],
    ],
    ids=["unchanged", "the same again", "made since", "deleted then, made again since", "deleted before"],
)
def test_all_other_files_stay(versions: list[ObjectVersion]) -> None:
    assert version_to_restore(versions, MOMENT) is None


def test_a_key_whose_versions_are_on_two_pages_is_one() -> None:
    listed = [version(0, key="a"), version(0, key="b"), version(-1, key="b"), version(0, key="c")]
    assert [[each.key for each in group] for group in by_key(iter(listed))] == [["a"], ["b", "b"], ["c"]]


def pass_to(moment: datetime) -> None:
    """Wait until S3's date has changed: it has whole seconds of the real clock."""
    wait_for(lambda: datetime.now(UTC) >= moment or None, Deadline(10), interval_s=0.01)


@pytest.fixture
def moment(aws: Aws) -> datetime:
    """A moment at which a bucket had three files, which have changed since."""
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    aws.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("deleted", "kept", "overwritten"):
        aws.s3.put_object(Bucket=BUCKET, Key=key, Body=b"old " + key.encode())
    moment = datetime.now(UTC).replace(microsecond=0)
    pass_to(moment + timedelta(seconds=1))
    aws.s3.delete_object(Bucket=BUCKET, Key="deleted")
    aws.s3.put_object(Bucket=BUCKET, Key="overwritten", Body=b"new")
    aws.s3.put_object(Bucket=BUCKET, Key="newer", Body=b"newer")
    return moment


def content(aws: Aws, key: str) -> bytes:
    body: bytes = aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def test_a_bucket_is_restored_and_loses_no_version(aws: Aws, moment: datetime) -> None:
    printed: list[str] = []
    assert restore(aws, BUCKET, moment, printed.append, dry_run=True) == Counts(seen=4, restored=2, newer=1)
    assert content(aws, "overwritten") == b"new", "a dry run changes nothing"
    assert restore(aws, BUCKET, moment, printed.append) == Counts(seen=4, restored=2, newer=1)
    assert [content(aws, key) for key in ("deleted", "kept", "overwritten", "newer")] == [
        *(b"old deleted", b"old kept", b"old overwritten", b"newer")
    ]
    assert printed[-1] == f"{BUCKET}: 2 of 2 files restored"
    assert restore(aws, BUCKET, moment, printed.append).restored == 0, "the same again copies nothing"
