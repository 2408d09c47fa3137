"""CloudWatch: DescribeAlarmHistory, with pages that new items do not shift."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.cloudwatch.metrics.request_rules import unix_s
from localcloud.moto.patching import error, result

PAGE = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOKEN = re.compile("([0-9]{1,20})-([0-9]{1,6})")
"""Time of the last returned item in microseconds, and how many items with that time were returned."""


def patch() -> None:
    """moto's history has neither AWS's items nor pages."""
    from moto.cloudwatch.responses import CloudWatchResponse

    answering: Any = CloudWatchResponse
    answering.describe_alarm_history = describe_alarm_history


def describe_alarm_history(self: Any) -> Any:
    name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
    start, end = self._get_param("StartDate"), self._get_param("EndDate")
    kinds = self._get_param("AlarmTypes") or ["MetricAlarm"]
    alarms = self.cloudwatch_backend.alarms.values()
    items = [
        item
        for alarm in alarms
        if name in (None, alarm.name)
        for item in alarm.history
        if isinstance(item, dict)  # moto's own items from an earlier run are tuples.
        and item["AlarmType"] in kinds
        and kind in (None, item["HistoryItemType"])
        and (start is None or unix_s(start) <= item["Timestamp"].timestamp())
        and (end is None or item["Timestamp"].timestamp() <= unix_s(end))
    ]
    items.sort(key=_moment)
    newest_first = self._get_param("ScanBy") != "TimestampAscending"
    if newest_first:
        items.reverse()
    begin = _place(items, self._get_param("NextToken"), newest_first=newest_first)
    page = items[begin : begin + int(self._get_param("MaxRecords") or PAGE)]
    end_of_page = begin + len(page)
    more = {"NextToken": _token(items[:end_of_page])} if end_of_page < len(items) else {}
    return result({"AlarmHistoryItems": page, **more})


def _moment(item: dict[str, Any]) -> int:
    """Return the item's time in microseconds."""
    return int((item["Timestamp"] - EPOCH) // timedelta(microseconds=1))


def _token(told: list[dict[str, Any]]) -> str:
    last = _moment(told[-1])
    return f"{last}-{sum(_moment(item) == last for item in told)}"


def _place(items: list[dict[str, Any]], token: str | None, *, newest_first: bool) -> int:
    if token is None:
        return 0
    if (found := TOKEN.fullmatch(token)) is None:
        raise error("InvalidNextToken", "The next token is not valid")
    last, alike = int(found[1]), int(found[2])
    moments = [_moment(item) for item in items]
    told_before = sum(moment > last if newest_first else moment < last for moment in moments)
    return told_before + min(alike, moments.count(last))
