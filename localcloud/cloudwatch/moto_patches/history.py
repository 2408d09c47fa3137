"""CloudWatch: DescribeAlarmHistory, with pages that new items do not shift."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from localcloud.cloudwatch.alarms.model import Alarm, CompositeAlarm, HistoryItem
from localcloud.cloudwatch.alarms.records import alarms_of
from localcloud.cloudwatch.metrics.windows import unix_s
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result

if TYPE_CHECKING:
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult
    from types_boto3_cloudwatch.type_defs import DescribeAlarmHistoryInputTypeDef

PAGE = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOKEN = re.compile("([0-9]{1,20})-([0-9]{1,6})")
"""Time of the last returned item in microseconds, and how many items with that time were returned."""


class Entry(NamedTuple):
    """A history item with its alarm."""

    alarm: Alarm
    item: HistoryItem

    @property
    def alarm_type(self) -> str:
        return "CompositeAlarm" if isinstance(self.alarm, CompositeAlarm) else "MetricAlarm"

    @property
    def moment(self) -> int:
        """Return the item's time in microseconds."""
        return int((self.item.at - EPOCH) // timedelta(microseconds=1))

    def show(self) -> dict[str, object]:
        return {
            "AlarmName": self.alarm.name,
            "AlarmType": self.alarm_type,
            "Timestamp": self.item.at,
            "HistoryItemType": self.item.kind,
            "HistorySummary": self.item.summary,
            "HistoryData": self.item.data,
        }


def patch() -> None:
    """moto's history has neither AWS's items nor pages."""
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, describe_alarm_history)


def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    request = cast("DescribeAlarmHistoryInputTypeDef", self._get_params())
    alarms = alarms_of(self.cloudwatch_backend).values()
    entries = [Entry(alarm, item) for alarm in alarms for item in alarm.history]
    entries = [entry for entry in entries if _matches(entry, request)]
    entries.sort(key=lambda entry: entry.moment)
    newest_first = request.get("ScanBy") != "TimestampAscending"
    if newest_first:
        entries.reverse()
    begin = _place(entries, request.get("NextToken"), newest_first=newest_first)
    page = entries[begin : begin + int(request.get("MaxRecords") or PAGE)]
    end_of_page = begin + len(page)
    more = {"NextToken": _token(entries[:end_of_page])} if end_of_page < len(entries) else {}
    return result({"AlarmHistoryItems": [entry.show() for entry in page], **more})


def _matches(entry: Entry, request: DescribeAlarmHistoryInputTypeDef) -> bool:
    start, end = request.get("StartDate"), request.get("EndDate")
    at_s = entry.item.at.timestamp()
    return (
        request.get("AlarmName") in (None, entry.alarm.name)
        and entry.alarm_type in (request.get("AlarmTypes") or ["MetricAlarm"])
        and request.get("HistoryItemType") in (None, entry.item.kind)
        and (not isinstance(start, datetime) or unix_s(start) <= at_s)
        and (not isinstance(end, datetime) or at_s <= unix_s(end))
    )


def _token(shown: Sequence[Entry]) -> str:
    last = shown[-1].moment
    return f"{last}-{sum(entry.moment == last for entry in shown)}"


def _place(entries: Sequence[Entry], token: str | None, *, newest_first: bool) -> int:
    if token is None:
        return 0
    if (found := TOKEN.fullmatch(token)) is None:
        raise AwsError("InvalidNextToken", "The next token is not valid")
    last, alike = int(found[1]), int(found[2])
    moments = [entry.moment for entry in entries]
    shown_before = sum(moment > last if newest_first else moment < last for moment in moments)
    return shown_before + min(alike, moments.count(last))
