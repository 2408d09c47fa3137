"""Alarms on the wire without any data: their history in pages, SetAlarmState, and the alarms of a metric."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALARM = {
    "AlarmName": "a",
    "Namespace": "test",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA", "OK", "ALARM", "OK", "ALARM")


async def test_history_comes_in_pages_that_new_items_do_not_move(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:

        async def put(state: str) -> None:
            more = {"AlarmName": "a", "StateReason": f"to {state}", "StateReasonData": json.dumps({"is": state})}
            await cloud.call("cloudwatch", "set_alarm_state", StateValue=state, **more)

        async def page(**parameters: Any) -> tuple[list[str], str | None]:
            found = await cloud.call("cloudwatch", "describe_alarm_history", MaxRecords=3, **parameters)
            return [item["HistorySummary"] for item in found["AlarmHistoryItems"]], found.get("NextToken")

        await cloud.call("cloudwatch", "put_metric_alarm", **ALARM)
        for state in STATES:
            await put(state)
        reported, token = await page()
        await put("INSUFFICIENT_DATA")
        while token:
            more, token = await page(NextToken=token)
            reported += more
        changes = zip(("INSUFFICIENT_DATA", *STATES), STATES, strict=False)
        expected = [f"Alarm updated from {old} to {new}" for old, new in changes]
        assert reported == [*reversed(expected), 'Alarm "a" created']
        first, token = await page(ScanBy="TimestampAscending", HistoryItemType="StateUpdate")
        second, _ = await page(ScanBy="TimestampAscending", HistoryItemType="StateUpdate", NextToken=token)
        assert first + second == expected[:6]
        with pytest.raises(ClientError) as refused:
            await page(NextToken="nowhere")
        assert refused.value.response["Error"]["Code"] == "InvalidNextToken"


async def test_a_change_of_state_reports_both_states_with_their_reasons(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("cloudwatch", "put_metric_alarm", **ALARM)
        data = json.dumps({"threshold": 1.0})
        by_hand = {"AlarmName": "a", "StateReason": "by hand"}
        await cloud.call("cloudwatch", "set_alarm_state", StateValue="ALARM", StateReasonData=data, **by_hand)
        await cloud.call("cloudwatch", "set_alarm_state", StateValue="OK", **by_hand)
        found = await cloud.call("cloudwatch", "describe_alarm_history", HistoryItemType="StateUpdate")
        newest, before = [json.loads(item["HistoryData"]) for item in found["AlarmHistoryItems"]]
        alarm = {"stateValue": "ALARM", "stateReason": "by hand", "stateReasonData": {"threshold": 1.0}}
        assert before["oldState"] == {
            "stateValue": "INSUFFICIENT_DATA",
            "stateReason": "Unchecked: Initial alarm creation",
        }
        assert before["newState"] == newest["oldState"] == alarm
        assert newest["newState"] == {"stateValue": "OK", "stateReason": "by hand"}
        for wrong, code in (
            ({"StateReasonData": "no JSON", "StateValue": "OK"}, "InvalidFormat"),
            ({"AlarmName": "b", "StateValue": "OK"}, "ResourceNotFound"),
            ({"StateValue": "FINE"}, "ValidationError"),
        ):
            with pytest.raises(ClientError) as refused:
                await cloud.call("cloudwatch", "set_alarm_state", **by_hand | wrong)
            assert refused.value.response["Error"]["Code"] == code


async def test_the_alarms_of_a_metric_are_those_of_its_very_dimensions(cloud_in: Any, tmp_path: Path) -> None:
    dimensions = [{"Name": "d", "Value": "1"}]
    async with cloud_in(tmp_path, {}) as cloud:
        for more in (
            {"AlarmName": "plain"},
            {"AlarmName": "of-one", "Dimensions": dimensions},
            {"AlarmName": "slow", "Dimensions": dimensions, "Period": 300},
        ):
            await cloud.call("cloudwatch", "put_metric_alarm", **ALARM | more)

        async def names(**parameters: Any) -> list[str]:
            found = await cloud.call(
                "cloudwatch", "describe_alarms_for_metric", Namespace="test", MetricName="m", **parameters
            )
            return [alarm["AlarmName"] for alarm in found["MetricAlarms"]]

        assert await names() == ["plain"]
        assert await names(Dimensions=dimensions) == ["of-one", "slow"]
        assert await names(Dimensions=dimensions, Period=300, Statistic="Sum") == ["slow"]
        assert await names(Dimensions=dimensions, Statistic="Average") == []
