"""DescribeEvents: selects the requested events and refuses invalid requests. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localcloud.elasticache.events import KEPT, Event
from localcloud.errors import AwsError
from localcloud.machine.clock import aware

DEFAULT_MINUTES = 60
MOST_MINUTES = int(KEPT.total_seconds() // 60)
LEAST_RECORDS, MOST_RECORDS = 20, 100


@dataclass(frozen=True, slots=True)
class Span:
    """The period of the requested events."""

    begin: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.begin <= moment <= self.end


def described(events: Sequence[Event], form: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return the result of DescribeEvents. `events`: newest first. Errors: AwsError."""
    kind, source = form.get("SourceType"), form.get("SourceIdentifier")
    if source is not None and kind is None:
        raise AwsError("InvalidParameterCombination", "Cannot specify source identifier without source type")
    limit = _number(form, "MaxRecords", LEAST_RECORDS, MOST_RECORDS, MOST_RECORDS)
    span = _span(form, now)
    found = [
        each
        for each in _after(events, form.get("Marker"))
        if kind in (None, each.source_type) and (source is None or source.lower() == each.source) and each.at in span
    ]
    return {
        "Events": [
            {
                "SourceIdentifier": each.source,
                "SourceType": each.source_type,
                "Message": each.message,
                "Date": each.at,
            }
            for each in found[:limit]
        ],
        "Marker": str(found[limit - 1].number) if len(found) > limit else None,
    }


def _span(form: Mapping[str, str], now: datetime) -> Span:
    """Return the requested period.

    `Duration` has no effect beside a start or end; an end alone selects the hour before it.
    """
    duration = timedelta(minutes=_number(form, "Duration", 1, MOST_MINUTES, DEFAULT_MINUTES))
    begin, end = _moment(form, "StartTime"), _moment(form, "EndTime")
    if begin is None and end is None:
        return Span(now - duration, now)
    end = end or now
    begin = begin or end - timedelta(minutes=DEFAULT_MINUTES)
    if begin > end:
        raise AwsError("InvalidParameterCombination", "StartTime must be before EndTime.")
    return Span(begin, end)


def _moment(form: Mapping[str, str], name: str) -> datetime | None:
    return aware(datetime.fromisoformat(form[name])) if name in form else None


def _number(form: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    value = int(form.get(name, default))
    if not least <= value <= most:
        raise AwsError("InvalidParameterValue", f"Invalid value {value} for {name}. Must be between {least} and {most}")
    return value


def _after(events: Sequence[Event], marker: str | None) -> Sequence[Event]:
    if marker is None:
        return events
    if not (marker.isascii() and marker.isdigit()):
        raise AwsError("InvalidParameterValue", f"Invalid marker {marker[:100]}")
    return [each for each in events if each.number < int(marker)]
