"""Logs Insights: each command of a query, and the shape of the response."""

from typing import Any

import pytest

from tests.unit.localcloud.cloudwatch.logs.insights.rows import START_MS, answer, outcome, values

LINES: list[dict[str, Any]] = [
    {"level": "INFO", "route": "/a", "duration_ms": 10.5, "status": 200, "user": {"name": "ann", "roles": ["x", "y"]}},
    {"level": "ERROR", "route": "/b", "duration_ms": 250, "status": 500, "user": {"name": "bob"}},
    {"level": "INFO", "route": "/a", "duration_ms": 30.5, "status": 404},
]
TEXTS = ["GET /a took 12 ms", "no match", "POST /b took 7 ms"]


def test_a_query_without_fields_shows_time_message_and_pointer_newest_first() -> None:
    rows = outcome("filter @message like 'took'", TEXTS).rows
    assert rows[0] == [
        ("@timestamp", "2023-11-14 22:17:00.000"),
        ("@message", "POST /b took 7 ms"),
        ("@ptr", "pointer-2"),
    ]
    assert [row[-1] for row in rows] == [("@ptr", "pointer-2"), ("@ptr", "pointer-0")]


def test_fields_shows_nested_ones_and_leaves_missing_ones_out() -> None:
    rows = answer("fields user.name, user.roles.1 as second, status * 2 as twice", LINES)
    assert rows == [
        {"twice": "808"},
        {"user.name": "bob", "twice": "1000"},
        {"user.name": "ann", "second": "y", "twice": "400"},
    ]


def test_every_event_has_its_own_fields() -> None:
    [row] = outcome("fields @log, @logStream, @ingestionTime, @ptr as where", ["m"]).rows
    assert dict(row) == {
        "@log": "123456789012:/ecs/backend",
        "@logStream": "backend/access/1",
        "@ingestionTime": "2023-11-14 22:15:00.005",
        "where": "pointer-0",
        "@ptr": "pointer-0",
    }


def test_columns_of_several_fields_commands_are_shown_and_display_alone_takes_their_place() -> None:
    assert answer("fields level | fields status | limit 1", LINES) == [{"level": "INFO", "status": "404"}]
    assert answer("fields level | fields status | display route | limit 1", LINES) == [{"route": "/a"}]
    parse = 'fields level | parse route "/*" as part | limit 1'
    assert answer(parse, LINES) == [{"level": "INFO", "part": "a"}]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("level = 'ERROR'", ["/b"]),
        ('status >= 404 and status < "500"', ["/a"]),
        ("not (status = 200 or status = 404)", ["/b"]),
        ("route in ['/b', '/c']", ["/b"]),
        ("status not in [200, 404]", ["/b"]),
        ("route like /^.b$/", ["/b"]),
        ("level like /(?i)error/", ["/b"]),
        ("level =~ /ERR/", ["/b"]),
        ("level not like 'INFO'", ["/b"]),
        ("level like 'error'", []),
        ("ispresent(user.roles.0)", ["/a"]),
        ("not ispresent(user.name)", ["/a"]),
        ("user.name = 'bob'", ["/b"]),
        ("user.name > 'ann'", ["/b"]),
        ("duration_ms > status", []),
        (f"@timestamp = {START_MS + 60_000}", ["/b"]),
        ("strcontains(route, 'b')", ["/b"]),
        ("`level` = 'ERROR' # a comment | display\n", ["/b"]),
    ],
)
def test_filter_keeps_what_its_condition_is_true_of(condition: str, expected: list[str]) -> None:
    assert values(f"filter {condition} | display route", LINES) == expected


def test_a_missing_field_equals_nothing_and_is_neither_more_nor_less() -> None:
    assert values("filter nothing = '' or nothing < 1 or nothing > 1 | display level", LINES) == []
    assert len(values("filter nothing != 'x' | display level", LINES)) == 3


def test_booleans_of_json_are_1_and_0_and_nulls_are_missing() -> None:
    lines = [{"ok": True, "gone": None}, {"ok": False}]
    assert values("fields ok", lines) == ["0", "1"]
    assert len(values("filter ok = 1 | fields ok", lines)) == 1
    assert len(values("filter ok = 'true' | fields ok", lines)) == 1
    assert values("filter ispresent(gone) | fields ok", lines) == []


@pytest.mark.parametrize(
    "parse",
    [
        'parse @message "* * took * ms" as method, path, ms',
        'parse "* * took * ms" as method, path, ms',
        r"parse @message /(?<method>\w+) (?<path>\S+) took (?<ms>\d+)/",
        r"parse @message /^(\w+) (\/\w) took (\d+)/ as method, path, ms",
    ],
)
def test_parse_takes_parts_out_by_stars_and_by_expressions(parse: str) -> None:
    assert answer(f"{parse} | display method, path, ms", TEXTS) == [
        {"method": "POST", "path": "/b", "ms": "7"},
        {},
        {"method": "GET", "path": "/a", "ms": "12"},
    ]


def test_the_last_star_takes_all_the_rest() -> None:
    assert values('parse @message "GET *" as rest | filter ispresent(rest) | display rest', TEXTS) == ["/a took 12 ms"]


def test_stats_counts_by_fields_and_names_what_has_no_name_by_its_text() -> None:
    rows = answer("stats count(*), avg(duration_ms) as mean by route | sort route", LINES)
    assert rows == [
        {"route": "/a", "count(*)": "2", "mean": "20.5"},
        {"route": "/b", "count(*)": "1", "mean": "250"},
    ]
    assert "@ptr" not in dict(outcome("stats count(*)", LINES).rows[0])


def test_stats_of_no_events_has_no_row() -> None:
    assert answer("filter level = 'DEBUG' | stats count(*)", LINES) == []


def test_stats_groups_by_spans_of_time() -> None:
    rows = answer("stats count(*) as n by bin(2m) | sort n desc", ["m"] * 3)
    assert rows == [
        {"bin(2m)": "2023-11-14 22:16:00.000", "n": "2"},
        {"bin(2m)": "2023-11-14 22:14:00.000", "n": "1"},
    ]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("count(v)", "4"),
        ("count_distinct(v)", "3"),
        ("sum(v)", "10"),
        ("avg(v)", "2.5"),
        ("min(v)", "1"),
        ("max(v)", "4"),
        ("pct(v, 50)", "2.5"),
        ("pct(v, 100)", "4"),
        ("stddev(v)", "1.291"),
        ("earliest(v)", "1"),
        ("latest(v)", "4"),
        ("sortsFirst(w)", "a"),
        ("sortsLast(w)", "d"),
        ("sum(v) / count(*)", "2"),
        ("sum(v > 1)", "3"),
        ("latest(@timestamp)", str(START_MS + 240_000)),
    ],
)
def test_aggregate_functions(aggregate: str, expected: str) -> None:
    lines: list[dict[str, Any]] = [{"v": 1, "w": "d"}, {"v": "2", "w": "a"}, {"v": 3.0}, {"v": 4}, {"w": "b"}]
    if aggregate == "count_distinct(v)":
        lines[2]["v"] = 4
    assert values(f"stats {aggregate} as x", lines) == [expected]


def test_a_second_stats_works_on_the_groups_of_the_first() -> None:
    query = "stats count(*) as n by route | stats max(n) as most, count(*) as routes"
    assert answer(query, LINES) == [{"most": "2", "routes": "2"}]


def test_sort_takes_several_fields_numbers_before_texts_and_missing_first() -> None:
    lines = [{"a": 10, "b": 1}, {"a": 9, "b": 2}, {"a": "x", "b": 3}, {"b": 4}, {"a": 9, "b": 5}]
    assert values("sort a asc, b desc | display b", lines) == ["4", "5", "2", "1", "3"]
    assert values("sort a desc, b | display b", lines) == ["3", "1", "2", "5", "4"]


def test_limit_stops_the_response_and_not_the_count_of_matches() -> None:
    found = outcome("filter level = 'INFO' | limit 1", LINES)
    assert len(found.rows) == 1 and found.matched == 2
    assert len(outcome("fields level", LINES, limit=2).rows) == 2
    assert len(outcome("fields level | limit 3", LINES, limit=2).rows) == 3


def test_dedup_keeps_the_newest_of_each() -> None:
    assert values("fields status | dedup route", LINES) == ["404", "500"]
