"""Files restored to a moment: the version that is chosen."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from ops.recovery.files import ObjectVersion, by_key, version_to_restore

MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)
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
