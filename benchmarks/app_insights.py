"""The cached summary beside /health of a bare FastAPI application, on the same uvicorn, alternating.

One minimal client requests both over persistent connections; it shares the CPUs with them.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks.app_stack import PROJECT, service, uvicorn
from benchmarks.app_startup import BARE_SOURCE
from benchmarks.app_uploads import csv, upload
from benchmarks.row import Row, show

CONNECTIONS = 16
ROUNDS = 5
ROUND_S = 2.0
SUMMARY = "/api/v1/insights/summary?from=2025-01-01&to=2025-03-31"


def run() -> list[Row]:
    """Measure both; return medians over interleaved rounds."""
    with tempfile.TemporaryDirectory() as directory, service() as running:
        Path(directory, "bare.py").write_text(BARE_SOURCE)
        environment = {**os.environ, "PYTHONPATH": f"{directory}{os.pathsep}{PROJECT}"}
        users = [running.another_user() for _ in range(CONNECTIONS)]
        for user in users:
            upload(user, csv(1000, seed=1))
        with uvicorn("bare:app", environment) as (_, bare_port):
            ours: list[tuple[float, float]] = []
            theirs: list[tuple[float, float]] = []
            for _ in range(ROUNDS):
                theirs.append(uvloop.run(load(bare_port, "/health", [""] * CONNECTIONS)))
                ours.append(
                    uvloop.run(load(running.port, SUMMARY, [f"Authorization: {user.bearer}\r\n" for user in users]))
                )
        rss = running.rss_mib()
    rate, bare_rate = (statistics.median(found[0] for found in side) for side in (ours, theirs))
    p99, bare_p99 = (statistics.median(found[1] for found in side) for side in (ours, theirs))
    return [
        Row(
            name="app: cached summary, requests/s, vs bare /health",
            ours=rate,
            theirs=bare_rate,
            ratio=rate / bare_rate,
            goal=">= 0.65",
            note=f"{CONNECTIONS} connections, a user each; {ROUNDS} rounds",
        ),
        Row(
            name="app: cached summary, p99 ms, vs bare /health",
            ours=p99 * 1000,
            theirs=bare_p99 * 1000,
            ratio=p99 / bare_p99,
            goal="<= 3",
        ),
        Row(name="app: RSS of a worker after the load, MiB", ours=rss, theirs=150, ratio=rss / 150, goal="<= 1"),
    ]


async def load(port: int, path: str, headers: Sequence[str]) -> tuple[float, float]:
    """Return requests per second, and the 99th percentile of their seconds. headers: one per connection."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: bench\r\n{its}\r\n".encode() for its in headers]
    until = time.perf_counter() + ROUND_S
    seconds: list[float] = []
    await asyncio.gather(*(ask(port, request, until, seconds) for request in requests))
    return len(seconds) / ROUND_S, statistics.quantiles(seconds, n=100)[-1]


async def ask(port: int, request: bytes, until: float, seconds: list[float]) -> None:
    """Send requests over one connection, each after the previous response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (started := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            seconds.append(time.perf_counter() - started)
    finally:
        writer.close()


if __name__ == "__main__":
    show(run())
