"""The Logs Insights queries of the runbooks, over lines as the backend writes them."""

import logging
import re
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.platform import audit
from app.platform.audit import AuditLog, Reason, client_address
from app.platform.audit import Event as SecurityEvent
from app.platform.logs import JsonFormatter, request_id
from localcloud.cloudwatch.logs.insights.engine import run
from localcloud.cloudwatch.logs.insights.parser import parsed
from localcloud.cloudwatch.logs.insights.rows import Row
from localcloud.cloudwatch.logs.store import Event

DOCS = Path(__file__).parents[2] / "docs"
QUERY = re.compile(r"--query-string (['\"])(.+?)\1", re.DOTALL)
ASKED = {
    (page.stem, found[2]): re.search(
        r"--log-group-names? (\S+)", page.read_text()[: found.start()].rpartition("aws ")[2]
    )
    for page in sorted(DOCS.rglob("*.md"))
    for found in QUERY.finditer(page.read_text())
}
SERVED = [("GET", "/api/v1/insights/summary", 200, 12.5), ("GET", "/api/v1/insights/summary", 503, 950.25)]
SERVED += [("POST", "/api/v1/uploads", 202, 80.0)]
USER_ID = UUID(int=7)
KEY, ADDRESS = "planted key of 32 characters or more", "203.0.113.77"


def audit_lines(formatter: JsonFormatter) -> list[str]:
    """Return the log lines of somebody who tries stolen passwords and finds a valid one."""
    written: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = written.append  # type: ignore[method-assign] # a logger of our own, and nothing else listens
    log = AuditLog(KEY)
    tokens = request_id.set("a-request"), client_address.set(ADDRESS)
    audit.log.addHandler(handler)
    try:
        for account in ("ann@example.com", "ben@example.com"):
            log.record(SecurityEvent.LOG_IN, email=account, reason=Reason.UNKNOWN_ACCOUNT)
        log.record(SecurityEvent.LOG_IN, user_id=USER_ID)
        return [formatter.format(each) for each in written]
    finally:
        audit.log.removeHandler(handler)
        request_id.reset(tokens[0])
        client_address.reset(tokens[1])


def lines(kind: str) -> list[str]:
    """Return lines of one kind: of the access log, of errors, or all others."""
    formatter = JsonFormatter(environment="prod", revision="7", task="0123456789abcdef")
    if kind == "application":
        others = record("app.main", logging.INFO, "Serving", {"action": "started", "version": "1.0.0"})
        return [formatter.format(others), *audit_lines(formatter)]
    if kind == "access":
        extras: list[dict[str, Any]] = [
            {"action": "request_served", "method": method, "route": route, "status": status, "duration_ms": took}
            for method, route, status, took in SERVED
        ]
        return [formatter.format(record("app.access", logging.INFO, "Request served", extra)) for extra in extras]
    failures = ["Cache is unavailable", "Request failed unexpectedly", "Cache is unavailable"]
    return [formatter.format(record("app", logging.ERROR, text, {"action": "failed"})) for text in failures]


def record(logger: str, level: int, text: str, extra: dict[str, Any]) -> logging.LogRecord:
    return logging.getLogger(logger).makeRecord(logger, level, "file.py", 1, text, (), None, extra=extra)


def answer(query: str, kind: str) -> list[dict[str, str]]:
    now_ms = time.time_ns() // 1_000_000
    events = [Event(n, f"{kind}/{kind}/1", now_ms + n, now_ms, line) for n, line in enumerate(lines(kind))]
    found = run(parsed(query), (Row(event, f"1:/ecs/{kind}", str(event.id)) for event in reversed(events)))
    return [dict(row) for row in found.rows]


def test_the_runbooks_have_queries() -> None:
    assert len(ASKED) >= 3
    assert all(group is not None for group in ASKED.values())


@pytest.mark.parametrize(("page", "query"), sorted(ASKED))
def test_a_query_of_a_page_finds_something_in_the_backends_lines(page: str, query: str) -> None:
    group = ASKED[page, query]
    assert group is not None
    kind = {"/ecs/spendsense-backend": "application"}.get(group[1], group[1].rpartition("/")[2])
    assert kind in ("access", "errors", "application"), group[1]
    hashed = AuditLog(KEY).hashed("address", ADDRESS)
    rows = answer(query.replace("ADDRESS", hashed).replace("USER_ID", str(USER_ID)), kind)
    assert rows
    # Each field that the query names is found in some line, so that none is misspelt.
    named = set(re.findall(r"\b(?:by|sum\(|pct\(|as) ?([a-z_0-9]+)", query))
    assert named <= {name for row in rows for name in row} | {"duration_ms"}, rows


def test_the_busiest_and_the_slowest_routes_come_first() -> None:
    [busiest, *_] = answer(
        "stats count(*) as n, sum(duration_ms) as busy by route | sort busy desc | limit 10", "access"
    )
    assert busiest == {"route": "/api/v1/insights/summary", "n": "2", "busy": "962.75"}
    [slowest, *_] = answer("stats count(*), pct(duration_ms, 95) as p95 by route | sort p95 desc | limit 10", "access")
    assert (slowest["route"], slowest["count(*)"]) == ("/api/v1/insights/summary", "2")
    assert float(slowest["p95"]) > 900


def test_who_tries_many_accounts_comes_first_and_whom_they_found_is_named() -> None:
    first, second = sorted(query for page, query in ASKED if page == "credential-stuffing")
    [row] = answer(first, "application")
    hashed = AuditLog(KEY).hashed("address", ADDRESS)
    assert row == {"address": hashed, "n": "2", "accounts": "2"}
    [row] = answer(second.replace("ADDRESS", hashed), "application")
    assert (row["event"], row["user_id"], row["request_id"]) == ("log_in", str(USER_ID), "a-request")


def test_the_most_frequent_error_comes_first() -> None:
    [first, *_] = answer("stats count(*) as n by message, action, revision | sort n desc | limit 10", "error")
    assert first == {"message": "Cache is unavailable", "action": "failed", "revision": "7", "n": "2"}
