"""Logs Insights over the wire: queries run, are read, listed, stopped; records are found by @ptr."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs

GROUP = "/ecs/spendsense-backend"
OTHER = "/ecs/spendsense-backend/access"


async def with_lines(cloud: Any) -> None:
    for group in (GROUP, OTHER):
        await cloud.call("logs", "create_log_group", logGroupName=group)
    logs = cloud.parts["logs"]
    for number in range(5):
        logs.put(GROUP, "backend/1", f'{{"level": "{"ERROR" if number % 2 else "INFO"}", "n": {number}}}')
    logs.put(OTHER, "access/1", '{"level": "INFO", "route": "/a"}')


def last_hour() -> dict[str, int]:
    now = int(time.time())
    return {"startTime": now - 3600, "endTime": now + 1}


async def results(cloud: Any, query: str, **more: Any) -> Any:
    more = (
        last_hour() | ({} if {"logGroupNames", "logGroupIdentifiers"} & more.keys() else {"logGroupName": GROUP}) | more
    )
    started = await cloud.call("logs", "start_query", queryString=query, **more)
    return await ended(cloud, started["queryId"])


async def ended(cloud: Any, query: str) -> Any:
    answers: list[Any] = []

    async def is_over() -> bool:
        answers.append(await cloud.call("logs", "get_query_results", queryId=query))
        return answers[-1]["status"] not in ("Scheduled", "Running")

    await cloud.until(is_over)
    return answers[-1]


def rows(answer: Any) -> list[dict[str, str]]:
    return [{each["field"]: each["value"] for each in row} for row in answer["results"]]


async def test_a_query_is_answered_with_rows_statistics_and_pointers(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        answer = await results(cloud, "filter level = 'ERROR' | fields n, @log, @logStream | sort n desc")
        assert answer["status"] == "Complete" and answer["queryLanguage"] == "CWLI"
        assert [row["n"] for row in rows(answer)] == ["3", "1"]
        assert rows(answer)[0]["@log"] == f"123456789012:{GROUP}"
        statistics = answer["statistics"]
        assert (statistics["recordsMatched"], statistics["recordsScanned"]) == (2, 5)
        assert statistics["bytesScanned"] > 5 * 20
        record = await cloud.call("logs", "get_log_record", logRecordPointer=rows(answer)[0]["@ptr"])
        assert record["logRecord"]["@message"] == '{"level": "ERROR", "n": 3}'
        assert record["logRecord"]["n"] == "3" and record["logRecord"]["@logStream"] == "backend/1"
        with pytest.raises(ClientError, match="InvalidParameterException"):
            await cloud.call("logs", "get_log_record", logRecordPointer="nonsense")


async def test_a_line_that_nests_too_deeply_to_be_parsed_spoils_no_query(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        for deep in (400, 900, 3000):
            cloud.parts["logs"].put(GROUP, "backend/1", '{"a": ' * deep + "1" + "}" * deep)
        answer = await results(cloud, "fields jsonParse(@message) as parsed, a | filter ispresent(n) | sort n desc")
        assert answer["status"] == "Complete"
        assert [json.loads(row["parsed"])["n"] for row in rows(answer)] == [4, 3, 2, 1, 0]
        answer = await results(cloud, "fields a, jsonParse(@message) as parsed | stats count(*) as lines")
        assert rows(answer) == [{"lines": "8"}]


async def test_several_groups_are_asked_together_by_names_or_arns(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        answer = await results(cloud, "stats count(*) as n by @log | sort n", logGroupNames=[GROUP, OTHER])
        assert [row["n"] for row in rows(answer)] == ["1", "5"]
        arn = f"arn:aws:logs:us-west-1:123456789012:log-group:{OTHER}"
        answer = await results(cloud, "stats count(*) as n", logGroupIdentifiers=[arn, GROUP])
        assert rows(answer) == [{"n": "6"}]
        with pytest.raises(ClientError, match="InvalidParameterException"):
            await results(cloud, "fields n", logGroupName=GROUP, logGroupNames=[OTHER])


async def test_a_line_that_was_just_put_is_found_and_times_are_seconds_that_are_included(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        second = int(time.time()) + 60
        for offset_ms in (-1, 0, 999, 1000):
            cloud.parts["logs"].put(GROUP, "timed", f"at {offset_ms}", second * 1000 + offset_ms)
        answer = await results(cloud, "fields @message | sort @timestamp", startTime=second, endTime=second)
        assert [row["@message"] for row in rows(answer)] == ["at 0", "at 999"]


async def test_what_cannot_be_asked_is_refused_before_anything_runs(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        with pytest.raises(ClientError, match=r"MalformedQueryException.*unexpected symbol found \( at line 1 and pos"):
            await results(cloud, "sort bin(5m)")
        with pytest.raises(ClientError, match=r"MalformedQueryException.*does not support the command pattern"):
            await results(cloud, "pattern @message")
        with pytest.raises(ClientError, match=r"Log group '/none' does not exist for account ID '123456789012'"):
            await results(cloud, "fields a", logGroupNames=[GROUP, "/none"])
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("logs", "get_query_results", queryId="none")
        with pytest.raises(ClientError, match=r"MalformedQueryException.*either before the log groups creation time"):
            await results(cloud, "fields a", startTime=1, endTime=2)
        with pytest.raises(ClientError, match="InvalidAction"):
            await results(cloud, "SELECT 1", queryLanguage="SQL")
        assert (await cloud.call("logs", "describe_queries"))["queries"] == []


async def test_queries_are_listed_with_their_sources_and_an_ended_one_cannot_be_stopped(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        parameters = last_hour()
        started = await cloud.call("logs", "start_query", queryString="fields n", logGroupName=GROUP, **parameters)
        await ended(cloud, started["queryId"])
        [query] = (await cloud.call("logs", "describe_queries", logGroupName=GROUP, status="Complete"))["queries"]
        assert query["queryString"] == (
            f'SOURCE "{GROUP}" START={parameters["startTime"]}000 END={parameters["endTime"]}999 | fields n'
        )
        assert query["queryId"] == started["queryId"] and query["logGroupName"] == GROUP
        assert (await cloud.call("logs", "describe_queries", status="Running"))["queries"] == []
        with pytest.raises(ClientError, match=r"InvalidParameterException.*not running"):
            await cloud.call("logs", "stop_query", queryId=started["queryId"])


async def test_a_running_query_can_be_stopped(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        for number in range(40_000):
            cloud.parts["logs"].put(GROUP, "many", f"line {number}")
        slow = "fields " + ", ".join(f"md5(concat(@message, '{n}')) as m{n}" for n in range(50)) + " | stats count(*)"
        started = await cloud.call("logs", "start_query", queryString=slow, logGroupName=GROUP, **last_hour())
        assert (await cloud.call("logs", "stop_query", queryId=started["queryId"]))["success"] is True
        answer = await ended(cloud, started["queryId"])
        assert answer["status"] == "Cancelled" and answer["results"] == []


async def test_results_come_in_pages(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        started = await cloud.call(
            "logs", "start_query", queryString="fields n | sort n", logGroupName=GROUP, **last_hour()
        )
        await ended(cloud, started["queryId"])
        first = await cloud.call("logs", "get_query_results", queryId=started["queryId"], maxItems=3)
        second = await cloud.call(
            "logs", "get_query_results", queryId=started["queryId"], maxItems=3, nextToken=first["nextToken"]
        )
        assert [row["n"] for row in rows(first) + rows(second)] == ["0", "1", "2", "3", "4"]
        assert "nextToken" not in second


async def test_the_fields_of_a_group_are_listed_with_their_share(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await with_lines(cloud)
        cloud.parts["logs"].put(GROUP, "backend/1", "no json")
        answer = await cloud.call("logs", "get_log_group_fields", logGroupName=GROUP)
        shares = {each["name"]: each["percent"] for each in answer["logGroupFields"]}
        assert shares["@message"] == 100 and shares["level"] == shares["n"] == 83


async def test_saved_queries_are_kept_changed_and_deleted(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        for name in ("team/b", "team/a", "other"):
            await cloud.call("logs", "put_query_definition", name=name, queryString="fields @message")
        answer = await cloud.call("logs", "describe_query_definitions", queryDefinitionNamePrefix="team/", maxResults=1)
        [first] = answer["queryDefinitions"]
        assert first["name"] == "team/a"
        await cloud.call(
            "logs",
            "put_query_definition",
            queryDefinitionId=first["queryDefinitionId"],
            name="team/a2",
            queryString="stats count(*)",
            logGroupNames=[GROUP],
        )
        second = await cloud.call(
            "logs",
            "describe_query_definitions",
            queryDefinitionNamePrefix="team/",
            maxResults=1,
            nextToken=answer["nextToken"],
        )
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        found = (await cloud.call("logs", "describe_query_definitions"))["queryDefinitions"]
        assert [each["name"] for each in found] == ["other", "team/a2", "team/b"]
        assert found[1]["logGroupNames"] == [GROUP] and found[1]["queryString"] == "stats count(*)"
        assert second["queryDefinitions"][0]["name"] in ("team/a2", "team/b")
        gone = found[1]["queryDefinitionId"]
        assert (await cloud.call("logs", "delete_query_definition", queryDefinitionId=gone))["success"] is True
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("logs", "delete_query_definition", queryDefinitionId=gone)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call(
                "logs", "put_query_definition", queryDefinitionId=gone, name="n", queryString="fields @message"
            )
