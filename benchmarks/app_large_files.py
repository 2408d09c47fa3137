"""Files of 50 MB on half a CPU, and another user meanwhile.

Each format is uploaded as a form; the response is 201, or 202 and then polled until the upload is done. The other
user's requests are measured on the same half CPU, first with nothing else to do, and then while one user uploads large
files and requests insights of 20,000 rows continuously.
"""

import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.app_stack import Service, service
from benchmarks.app_uploads import csv
from benchmarks.half_a_cpu import half_a_cpu, memory_mib
from benchmarks.row import Row, show
from tests.waiting import wait_until

FILE_BYTES = 50 * 1024 * 1024 - 4096
GOAL_S = 120  # a goal for the largest file
ASKED_S = 15.0
UPLOADS = "/api/v1/uploads"
INSIGHTS = "/api/v1/insights/"
START = b'--b\r\nContent-Disposition: form-data; name="file"; filename="export"\r\n\r\n'
FORM = "multipart/form-data; boundary=b"
DEADLINE_S = 600
HALF_A_VCPU = 512


def run() -> list[Row]:
    """Measure each format, then the other user."""
    with service(cpu_units=HALF_A_VCPU) as running, half_a_cpu(running.pid) as limited:
        note = "half a CPU" if limited else "a whole CPU: no cgroup can be made here"
        rows = [measured(running, name, content, note) for name, content in contents()]
        return [*rows, other_users(running, note)]


def contents() -> Iterator[tuple[str, bytes]]:
    """Yield a file of FILE_BYTES in each format."""
    yield "CSV", cut(csv(1, seed=0), csv(100_000, seed=1).partition(b"\n")[2], b"")
    yield "JSON", filled(b'{"accounts":[],"transactions":[', json_row, b",", b"]}")
    head = b"OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>1</BANKACCTFROM><BANKTRANLIST>"
    yield "OFX", filled(head, ofx_row, b"\n", b"</BANKTRANLIST></STMTRS></OFX>")


def cut(head: bytes, rows: bytes, end: bytes) -> bytes:
    """Repeat the rows below the head, without cutting one."""
    content = head + rows * (FILE_BYTES // len(rows) + 1)
    return content[: content.rindex(b"\n", 0, FILE_BYTES) + 1] + end


def filled(head: bytes, row: Callable[[int, random.Random], str], between: bytes, end: bytes) -> bytes:
    """Add as many rows as fit."""
    chance = random.Random(1)  # noqa: S311 - data, not keys
    rows: list[bytes] = []
    size = len(head)
    while size < FILE_BYTES - 1000:
        rows.append(row(len(rows), chance).encode())
        size += len(rows[-1]) + len(between)
    return head + between.join(rows) + end


def json_row(number: int, chance: random.Random) -> str:
    return json.dumps(
        {
            "account_id": "checking",
            "transaction_id": f"t{number}",
            "date": f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "amount": chance.randint(1, 50_000) / 100,
            "iso_currency_code": "USD",
            "merchant_name": f"Merchant {chance.randint(1, 2000)}",
            "name": "A purchase",
            "payment_channel": "in store",
            "pending": False,
            "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE"},
        }
    )


def ofx_row(number: int, chance: random.Random) -> str:
    day = f"2025{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    amount, merchant = chance.randint(1, 50_000) / 100, chance.randint(1, 2000)
    return (
        f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}120000<TRNAMT>-{amount:.2f}<FITID>f{number}"
        f"<NAME>Merchant {merchant}</STMTTRN>"
    )


def measured(running: Service, name: str, content: bytes, note: str) -> Row:
    """Measure the time from the first byte to the report, and the peak memory meanwhile."""
    user = running.another_user()
    most = [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            most[0] = max(most[0], memory_mib(running.pid))
            done.wait(0.2)

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    try:
        total = upload(user, content)
    finally:
        done.set()
        watching.join()
    seconds = time.perf_counter() - started
    return Row(
        name=f"app: {len(content) / 2**20:.0f} MiB of {name}, s",
        ours=seconds,
        theirs=GOAL_S,
        ratio=seconds / GOAL_S,
        goal="<= 1",
        note=f"{note}; {total:,} rows; at most {most[0]:.0f} MiB with its reader",
    )


def upload(user: Service, content: bytes) -> int:
    """Upload the file and poll until it is done; return how many rows it had."""
    status, _, answer = exchange(user, "POST", UPLOADS, START + content + b"\r\n--b--\r\n", FORM)
    assert status in {201, 202}, (status, answer)
    if answer.get("state") == "processing":
        path = f"/api/v1/announced-uploads/{answer['id']}"
        answer = wait_until(lambda: ended(exchange(user, "GET", path)[2]), DEADLINE_S, "the upload", interval_s=0.5)
    report = answer.get("report", answer)
    assert report, answer
    return int(report["total"])


def ended(status: dict[str, Any]) -> dict[str, Any] | None:
    return None if status.get("state") == "processing" else status


def other_users(running: Service, note: str) -> Row:
    """Measure the other user's p95, idle and under the worst load of one user."""
    other, greedy = running.another_user(), running.another_user()
    upload(other, csv(1000, seed=1))
    upload(greedy, csv(30_000, seed=2))
    idle = answers(other)
    done = threading.Event()
    large = next(content for _, content in contents())
    work: list[Callable[[int], object]] = [
        lambda _: exchange(greedy, "POST", UPLOADS, START + large + b"\r\n--b--\r\n", FORM),
        *[lambda turn: exchange(greedy, "GET", f"{INSIGHTS}recurring?from=2019-01-{turn % 28 + 1:02}")] * 4,
    ]

    def repeat(what: Callable[[int], object]) -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            what(turn)

    threads = [threading.Thread(target=repeat, args=(what,)) for what in work]
    for thread in threads:
        thread.start()
    try:
        busy = answers(other)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return Row(
        name="app: another user's p95 while one does the worst, ms",
        ours=busy * 1000,
        theirs=idle * 1000,
        ratio=busy / idle,
        goal="<= 2",
        note=note,
    )


def answers(user: Service) -> float:
    """Return the p95 of a page of transactions, in seconds."""
    seconds = []
    until = time.monotonic() + ASKED_S
    while time.monotonic() < until:
        started = time.perf_counter()
        user.request("GET", "/api/v1/transactions?limit=20")
        seconds.append(time.perf_counter() - started)
        time.sleep(0.02)
    return statistics.quantiles(seconds, n=20)[-1]


def exchange(
    user: Service, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send one request; return status, headers and JSON body."""
    connection = http.client.HTTPConnection("127.0.0.1", user.port, timeout=DEADLINE_S)
    try:
        connection.request(method, path, body, {"Content-Type": content_type, "Authorization": user.bearer})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())
    finally:
        connection.close()


if __name__ == "__main__":
    show(run())
