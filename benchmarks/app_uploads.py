"""A CSV of 100,000 rows uploaded, beside COPY of the same rows into a table like the service's own.

While it is uploaded, /health is asked again and again: the event loop must stay free.

Where the time goes, in seconds of CPU, of which COPY takes 1.49: reading the file in a child 0.92 (0.12 for lines and
fields, 0.45 for their values, 0.33 for the lines of COPY and the digests that equal rows are known by), COPY into the
temporary table and its statistics 0.17, counts and sums 0.04, the INSERT of what is new 0.87, all else 0.06: 2.06. The
INSERT takes less than COPY because it comes in the order of the indexes. One after the other is the rule (ADR 24): no
connection waits for a reader, so the two processors do not share the work, and on a busy machine the reader, which is
niced, waits.
"""

import asyncio
import io
import random
import statistics
import threading
import time

import asyncpg

from app.transactions.copy_text import COLUMNS, copy_line
from app.transactions.identity import Places
from app.transactions.model import Transaction
from app.uploads.csv_format import read_csv
from benchmarks.app_stack import Service, request, service
from benchmarks.row import Row, show

ROWS = 100_000
ROUNDS = 3
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
TABLE = slice(3, -3)  # of a staged line's columns those that transactions has; its id is a default
UPLOADS = "/api/v1/uploads"


def run() -> list[Row]:
    """Measure; medians over rounds that interleave the two. Each round has rows of its own."""
    with service() as running:
        upload(running, csv(1000, seed=0))
        ours, theirs, waits = [], [], []
        for seed in range(1, ROUNDS + 1):
            content = csv(ROWS, seed)
            theirs.append(asyncio.run(seconds_to_copy(running.database_url, copy_lines(content))))
            seconds, health = upload_with_health(running, content)
            ours.append(seconds)
            waits.append(max(health))
        rss = running.rss_mib()
    return [
        Row(
            name=f"app: upload of {ROWS:,} CSV rows, s, vs COPY",
            ours=statistics.median(ours),
            theirs=statistics.median(theirs),
            ratio=statistics.median(ours) / statistics.median(theirs),
            goal="<= 1.5",
            note="COPY into a table with the same keys, indexes and checks; two fifths are the file's reading",
        ),
        Row(
            name="app: slowest /health during an upload, ms",
            ours=statistics.median(waits) * 1000,
            theirs=100,
            ratio=statistics.median(waits) * 10,
            goal="<= 1 (100 ms)",
        ),
        Row(name="app: RSS of a worker after uploads, MiB", ours=rss, theirs=150, ratio=rss / 150, goal="<= 1"),
    ]


def csv(rows: int, seed: int) -> bytes:
    """An export with as many different values as a real one."""
    chance = random.Random(seed)  # noqa: S311 - data, not keys
    lines = [
        f"checking-{chance.randint(1, 3)},202{chance.randint(0, 5)}-{chance.randint(1, 12):02}-"
        f"{chance.randint(1, 28):02},{chance.randint(1, 50_000) / 100:.2f},Merchant {chance.randint(1, 2000)},"
        f"in store,CATEGORY_{chance.randint(1, 20)},false\n"
        for _ in range(rows)
    ]
    return (HEADER + "".join(lines)).encode()


def copy_lines(content: bytes) -> bytes:
    """The same rows as COPY reads them."""
    places = Places()
    rows = (row for row in read_csv(io.BytesIO(content)) if isinstance(row, Transaction))
    lines = (copy_line(places, row).rstrip("\n").split("\t")[TABLE] for row in rows)
    return "".join("\t".join(fields) + "\n" for fields in lines).encode()


async def seconds_to_copy(url: str, lines: bytes) -> float:
    """From COPY's beginning to the end of its transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP TABLE IF EXISTS plain")
        await connection.execute("CREATE TABLE plain (LIKE transactions INCLUDING ALL)")
        await connection.execute("ALTER TABLE plain ADD FOREIGN KEY (upload_id) REFERENCES uploads (id)")
        upload_id = await connection.fetchval("SELECT id FROM uploads LIMIT 1")
        # The two columns that a file does not have are constants of its rows.
        for name in ("user_id", "upload_id"):
            await connection.execute(f"ALTER TABLE plain ALTER {name} SET DEFAULT '{upload_id}'")
        started = time.perf_counter()
        await connection.copy_to_table("plain", source=io.BytesIO(lines), columns=COLUMNS[TABLE], format="text")
        return time.perf_counter() - started
    finally:
        await connection.close()


def upload(running: Service, content: bytes) -> float:
    """Seconds from the first byte sent to the report."""
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="export.csv"\r\n\r\n'
    body = start + content + b"\r\n--b--\r\n"
    started = time.perf_counter()
    running.request("POST", UPLOADS, body, "multipart/form-data; boundary=b")
    return time.perf_counter() - started


def upload_with_health(running: Service, content: bytes) -> tuple[float, list[float]]:
    """The same, and how long each /health took meanwhile."""
    done = threading.Event()
    seconds: list[float] = []

    def ask() -> None:
        while not done.is_set():
            started = time.perf_counter()
            request(running.port, "GET", "/health", None, {})
            seconds.append(time.perf_counter() - started)
            done.wait(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        return upload(running, content), seconds
    finally:
        done.set()
        asking.join()


if __name__ == "__main__":
    show(run())
