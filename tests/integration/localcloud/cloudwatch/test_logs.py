"""CloudWatch Logs over the wire."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs

GROUP = "/ecs/spendsense-backend"
STREAM = "backend/backend/1"


def now_ms() -> int:
    return int(time.time() * 1000)


async def with_stream(cloud: Any, *streams: str) -> None:
    await cloud.call("logs", "create_log_group", logGroupName=GROUP)
    for stream in streams or (STREAM,):
        await cloud.call("logs", "create_log_stream", logGroupName=GROUP, logStreamName=stream)


async def filtered(cloud: Any, **more: Any) -> list[str]:
    found: list[str] = []
    while True:
        answer = await cloud.call("logs", "filter_log_events", logGroupName=GROUP, **more)
        found += [event["message"] for event in answer["events"]]
        if "nextToken" not in answer:
            return found
        more["nextToken"] = answer["nextToken"]


async def test_a_line_that_was_put_is_found_at_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        logs = cloud.parts["logs"]
        assert logs.group_exists(GROUP) and not logs.group_exists("/other")
        logs.put(GROUP, STREAM, "hello")
        logs.put("/other", STREAM, "to nobody")
        assert await logs.last_lines(GROUP, STREAM, 20) == ["hello"]
        answer = await cloud.call("logs", "get_log_events", logGroupName=GROUP, logStreamName=STREAM)
        assert [event["message"] for event in answer["events"]] == ["hello"]
        answer = await cloud.call("logs", "describe_log_streams", logGroupName=GROUP)
        assert [stream["logStreamName"] for stream in answer["logStreams"]] == [STREAM]


async def test_events_are_read_forward_and_backward_page_by_page(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_stream(cloud)
        start = now_ms()
        events = [{"timestamp": start + number // 2, "message": str(number)} for number in range(10)]
        stream = {"logGroupName": GROUP, "logStreamName": STREAM}
        await cloud.call("logs", "put_log_events", **stream, logEvents=events)

        async def page(**more: Any) -> tuple[list[str], Any]:
            answer = await cloud.call("logs", "get_log_events", **stream, limit=4, **more)
            return [event["message"] for event in answer["events"]], answer

        messages, answer = await page(startFromHead=True)
        assert messages == ["0", "1", "2", "3"]
        messages, answer = await page(nextToken=answer["nextForwardToken"])
        assert messages == ["4", "5", "6", "7"]
        messages, answer = await page(nextToken=answer["nextForwardToken"])
        assert messages == ["8", "9"]
        end = answer["nextForwardToken"]
        messages, answer = await page(nextToken=end)
        assert messages == [] and answer["nextForwardToken"] == end
        messages, answer = await page(nextToken=answer["nextBackwardToken"])
        assert messages == ["6", "7", "8", "9"]
        messages, _ = await page()
        assert messages == ["6", "7", "8", "9"]
        # startTime is inclusive, endTime exclusive.
        messages, _ = await page(startTime=start + 1, endTime=start + 2)
        assert messages == ["2", "3"]


async def test_filter_merges_streams_by_time_and_pages_without_loss(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_stream(cloud, "a/1", "a/2", "b/1")
        start = now_ms() - 1000
        for offset, stream in enumerate(["a/1", "a/2", "b/1"]):
            await cloud.call(
                "logs",
                "put_log_events",
                logGroupName=GROUP,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": start + 3 * n + offset, "message": f"{3 * n + offset} end"} for n in range(20)
                ],
            )
        assert await filtered(cloud, limit=7) == [f"{number} end" for number in range(60)]
        assert await filtered(cloud, limit=1, startTime=start + 10, endTime=start + 12) == [
            "10 end",
            "11 end",
            "12 end",
        ]
        assert len(await filtered(cloud, logStreamNamePrefix="a/")) == 40
        assert len(await filtered(cloud, logStreamNames=["b/1"])) == 20
        assert await filtered(cloud, filterPattern='"59 end"') == ["59 end"]
        with pytest.raises(ClientError, match="InvalidParameterException"):
            await filtered(cloud, filterPattern="{ $.x }")
        answer = await cloud.call("logs", "filter_log_events", logGroupName=GROUP)
        identifiers = [event["eventId"] for event in answer["events"]]
        assert identifiers == sorted(set(identifiers))


async def test_errors_are_aws_own(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        with pytest.raises(ClientError, match=r"ResourceNotFoundException.*The specified log group does not exist\."):
            await filtered(cloud)
        await with_stream(cloud)
        stream = {"logGroupName": GROUP, "logStreamName": STREAM}
        with pytest.raises(
            ClientError, match=r"ResourceAlreadyExistsException.*The specified log stream already exists"
        ):
            await cloud.call("logs", "create_log_stream", **stream)
        with pytest.raises(ClientError, match=r"The specified log stream does not exist\."):
            await cloud.call("logs", "get_log_events", logGroupName=GROUP, logStreamName="none")
        unordered = [{"timestamp": now_ms(), "message": "b"}, {"timestamp": now_ms() - 5000, "message": "a"}]
        with pytest.raises(ClientError, match="chronological"):
            await cloud.call("logs", "put_log_events", **stream, logEvents=unordered)
        many = [{"timestamp": now_ms(), "message": "x" * 200} for _ in range(10_000)]
        with pytest.raises(ClientError, match="too large"):
            await cloud.call("logs", "put_log_events", **stream, logEvents=many)
        day = 86_400_000
        old = [{"timestamp": now_ms() - 15 * day, "message": "old"}]
        answer = await cloud.call("logs", "put_log_events", **stream, logEvents=old)
        assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
        assert await filtered(cloud) == []


async def test_lines_survive_a_restart_and_go_with_their_group(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        cloud.parts["logs"].put(GROUP, STREAM, "before")
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        cloud.parts["logs"].put(GROUP, STREAM, "after")
        assert await filtered(cloud) == ["before", "after"]
        await cloud.call("logs", "delete_log_group", logGroupName=GROUP)
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        assert await filtered(cloud) == []


async def test_events_older_than_the_retention_go(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        await cloud.call("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=1)
        cloud.parts["logs"].put(GROUP, STREAM, "two days old", now_ms() - 2 * 86_400_000)
        cloud.parts["logs"].put(GROUP, STREAM, "new")
        assert await filtered(cloud) == ["two days old", "new"]
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:  # starting cleans up at once

        async def expired() -> bool:
            return await filtered(cloud) == ["new"]

        await cloud.until(expired)


async def test_a_thousand_lines_a_second_are_kept_up_with(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        logs = cloud.parts["logs"]
        began = time.perf_counter()
        for number in range(20_000):
            logs.put(GROUP, f"backend/{number % 4}", f'{{"level": "INFO", "number": {number}, "text": "{"x" * 150}"}}')
            if number % 500 == 0:
                await asyncio.sleep(0)
        last = await logs.last_lines(GROUP, "backend/3", 1)
        took_s = time.perf_counter() - began
        assert '"number": 19999' in last[0]
        assert 20_000 / took_s > 1_000


async def test_a_stream_that_grows_faster_than_it_is_stored_loses_lines_and_no_other_does(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_stream(cloud)
        logs = cloud.parts["logs"]
        held = threading.Event()
        holding = asyncio.create_task(logs._in_thread(held.wait))  # a slow disk
        try:
            for number in range(100_000):
                logs.put(GROUP, STREAM, str(number))
            logs.put(GROUP, "calm", "kept")
            assert sum(logs._waiting_bytes.values()) < 10.1 * 2**20
        finally:
            held.set()
        await holding
        assert await logs.last_lines(GROUP, "calm", 1) == ["kept"]
        [last] = await logs.last_lines(GROUP, STREAM, 1)
        assert 30_000 < int(last) < 99_999
        await cloud.until(lambda: not logs._waiting_bytes)
        logs.put(GROUP, STREAM, "again")
        assert await logs.last_lines(GROUP, STREAM, 1) == ["again"]


async def test_lines_are_kept_again_once_a_full_disk_has_room(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_stream(cloud)
        logs = cloud.parts["logs"]

        async def limit_pages(count: int) -> None:
            await logs._in_thread(
                lambda: logs._store._connection.execute(f"PRAGMA max_page_count = {count}").fetchall()
            )

        await limit_pages(1)  # as many as exist
        for number in range(200):
            logs.put(GROUP, f"stream {number}", "x" * 1000)
        await cloud.until(lambda: logs.status()["status"] == "failed")
        assert "full" in str(logs.status()["fault"])
        await limit_pages(1_000_000)
        logs.put(GROUP, "stream 1", "kept")
        assert await logs.last_lines(GROUP, "stream 1", 1) == ["kept"]
        assert logs.status()["status"] == "ready"
