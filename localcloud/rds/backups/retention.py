"""Retention of base backups and log, and the choice of those that restore a moment.

Pure; moments are aware datetimes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from localcloud.errors import AwsError

DAY_S = 86_400.0
LIMIT_BYTES = 2 * 1024**3
"""The limit for the automated backups of one instance: older ones are deleted early rather than fill the disk."""

SEGMENT_BYTES = 16 * 1024**2
SEGMENTS_IN_A_FILE = 2**32 // SEGMENT_BYTES
"""In PostgreSQL, a segment's name is timeline, high and low half of its position, 8 hexadecimal digits each."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base backup.

    With the log from `first_segment` on, it can be rolled forward to any moment from `restorable_from` on.
    """

    snapshot: str
    restorable_from: datetime
    first_segment: str
    size: int = 0
    """Bytes."""


@dataclass(frozen=True)
class Window:
    """The period that can be restored, both ends included."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The pending changes of an instance's automated backups. `log_from`: no kept base backup needs older segments."""

    take: bool
    drop: Collection[Base]
    log_from: str


def segment(timeline: int, position: int) -> str:
    """Return the segment that contains this position of the log."""
    number = position // SEGMENT_BYTES
    return f"{timeline:08X}{number // SEGMENTS_IN_A_FILE:08X}{number % SEGMENTS_IN_A_FILE:08X}"


def position(lsn: str) -> int:
    """Return a log position in bytes from PostgreSQL's notation, `0/2000028`."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def gap(segments: Iterable[str], first: str) -> str:
    """Return the first segment missing between `first` and the newest; empty when none is missing."""
    found = sorted(name for name in segments if name >= first)
    if found and found[0] != first:
        return first
    return next((_after(one) for one, other in pairwise(found) if other != _after(one)), "")


def base_for(bases: Iterable[Base], moment: datetime) -> Base | None:
    """Return the base backup that reaches this moment with the least log."""
    return max(
        (base for base in bases if base.restorable_from <= moment), key=lambda base: base.restorable_from, default=None
    )


def window(bases: Collection[Base], latest: datetime | None, horizon: datetime) -> Window | None:
    """Return the restorable window.

    `latest`: the moment up to which the log is archived; `horizon`: the start of the retention period.
    """
    if not bases or latest is None:
        return None
    earliest = max(horizon, min(base.restorable_from for base in bases))
    return Window(earliest, latest) if earliest <= latest else None


def check_moment(moment: datetime, window: Window, retention_days: int) -> None:
    """Check that a moment can be restored. Errors: AwsError, in AWS's words."""
    if moment < window.earliest:
        raise AwsError(
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time earlier than {_written(window.earliest)} because its "
            f"backup retention period is set to {retention_days} days.",
        )
    if moment > window.latest:
        raise AwsError(
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time later than {_written(window.latest)}.",
        )


def plan(
    bases: Iterable[Base],
    log: Mapping[str, int],
    *,
    now: datetime,
    day: timedelta,
    retention_days: int,
    limit_bytes: int = LIMIT_BYTES,
) -> Plan:
    """Plan the automated backups of an instance. `log`: bytes by segment. `day`: the length of one of AWS's days.

    A base backup is taken once a day, and early when the log since the last one reaches half of the limit. Those of the
    retention period are kept, and the one before them, from which its first day is rolled forward, as far as the limit
    allows; the newest is always kept.
    """
    kept = sorted(bases, key=lambda base: base.restorable_from)
    drop: list[Base] = []

    def log_since(first: str) -> int:
        return sum(size for name, size in log.items() if name >= first)

    def is_spare() -> bool:
        second_covers_all = kept[1].restorable_from <= now - retention_days * day
        return second_covers_all or sum(base.size for base in kept) + log_since(kept[0].first_segment) > limit_bytes

    while len(kept) > 1 and is_spare():
        drop.append(kept.pop(0))
    if not kept:
        return Plan(take=True, drop=drop, log_from="")
    newest = kept[-1]
    take = now - newest.restorable_from >= day or log_since(newest.first_segment) > limit_bytes / 2
    return Plan(take=take, drop=drop, log_from=kept[0].first_segment)


def _after(name: str) -> str:
    timeline, high, low = (int(name[begin : begin + 8], 16) for begin in (0, 8, 16))
    number = high * SEGMENTS_IN_A_FILE + low + 1
    return segment(timeline, number * SEGMENT_BYTES)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
