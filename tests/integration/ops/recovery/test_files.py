"""Files restored to a moment: the contents of moto's S3 afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.aws.clients import Aws
from ops.recovery.files import Counts, restore
from ops.waiter import Deadline, wait_for

BUCKET = "spendsense-local-data"


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
