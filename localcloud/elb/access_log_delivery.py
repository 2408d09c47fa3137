"""Deliver access logs from Envoy's files to S3, as ALB does: compressed, every five minutes, best effort."""

import asyncio
import gzip
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from localcloud.elb.envoy import access_log
from localcloud.elb.model import Balancer, LogBucket
from localcloud.elb.moto_state import ADDRESS
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.set_aside import set_aside
from localcloud.protocol.caller import service
from localcloud.protocol.wire import AwsRequest

log = logging.getLogger(__name__)

PERIOD_S = 300.0
"""AWS seconds."""
REOPEN_TIMEOUT_S = 3.0
REOPEN_POLL_S = 0.05
CALLER = service("logdelivery.elasticloadbalancing.amazonaws.com")
TEST_OBJECT = "ELBAccessLogTestFile"


class AccessLogDelivery:
    """Deliver the access logs of the configured load balancers on a schedule.

    `log_file` returns the path that Envoy writes to for a balancer; `reopen` makes Envoy reopen its log files. A log
    that cannot be put into the bucket stays in its file and is retried in the next period.
    """

    def __init__(
        self, host: Host, log_file: Callable[[Balancer], Path | None], reopen: Callable[[], Awaitable[bool]]
    ) -> None:
        self._host = host
        self._log_file = log_file
        self._reopen = reopen
        self._balancers: dict[Path, Balancer] = {}
        self._task: asyncio.Task[None] | None = None

    def configure(self, balancers: Iterable[Balancer]) -> None:
        """Set the log destination of each load balancer. Envoy needs the directory before it is given a file in it."""
        self._balancers = {path: balancer for balancer in balancers if (path := self._log_file(balancer))}
        for path in self._balancers:
            stored_files.directory(path.parent)
            for each in (path, _closed(path)):
                if each.is_dir():
                    set_aside(each, "should be a file")

    def start(self) -> None:
        self._task = asyncio.create_task(self._deliver_forever(), name="deliver access logs")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def flush(self) -> None:
        """Deliver everything written so far. Once Envoy has ended, that is everything."""
        for path, balancer in list(self._balancers.items()):
            await self._deliver(path, balancer)

    async def test(self, bucket: LogBucket, balancer: Balancer) -> None:
        """Put ALB's test file into the bucket.

        Errors: AwsError InvalidConfigurationRequest when the bucket refuses it.
        """
        key = f"{access_log.folder(bucket.prefix, balancer)}/{TEST_OBJECT}"
        text = f"Enable AccessLog for ELB: {balancer.name.split('/')[1]}".encode()
        if not bucket.bucket or not await self._put(bucket.bucket, key, text):
            raise AwsError(
                "InvalidConfigurationRequest",
                f"Access Denied for bucket: {bucket.bucket}. Please check S3bucket permission",
            )

    async def _deliver_forever(self) -> None:
        while True:
            await self._host.clock.sleep(PERIOD_S)
            try:
                await self.flush()
            except Exception:  # the edge of the delivery: the next period retries
                log.exception("Access logs were not delivered", extra={"action": "access_logs_not_delivered"})

    async def _deliver(self, path: Path, balancer: Balancer) -> None:
        closed = _closed(path)
        if _is_written(path) and not _is_written(closed):
            _move(path, closed)
            if await self._reopen():
                await _appears(path)
        if not _is_written(closed):
            return
        bucket = balancer.log_bucket
        assert bucket is not None  # noqa: S101 - it has a log file
        content = await asyncio.to_thread(_compressed, closed, balancer)
        key = access_log.object_key(bucket.prefix, balancer, ADDRESS, self._host.clock.wall(), secrets.token_hex(4))
        if await self._put(bucket.bucket, key, content):
            closed.unlink()
        else:
            log.error(
                "The access log could not be written to the bucket %s; it will be retried",
                bucket.bucket,
                extra={"action": "access_log_refused", "load_balancer": balancer.arn},
            )

    async def _put(self, bucket: str, key: str, body: bytes) -> bool:
        scope = f"AWS4-HMAC-SHA256 Credential=elb/20000101/{self._host.region}/s3/aws4_request, SignedHeaders=host"
        headers = {
            "host": f"s3.{self._host.region}.amazonaws.com",
            "authorization": scope,
            "content-type": "application/octet-stream",
        }
        request = AwsRequest("PUT", f"/{bucket}/{key}", "", headers, body, service="s3", caller=CALLER)
        return (await self._host.moto.request(request)).status < 300


def _closed(path: Path) -> Path:
    return path.with_suffix(".closed")


def _is_written(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _move(path: Path, target: Path) -> None:
    path.replace(target)


async def _appears(path: Path) -> None:
    """Wait until Envoy has opened the new file: by then it has finished writing to the old one."""
    deadline = asyncio.get_running_loop().time() + REOPEN_TIMEOUT_S
    while not os.access(path, os.F_OK) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a file
        await asyncio.sleep(REOPEN_POLL_S)


def _compressed(path: Path, balancer: Balancer) -> bytes:
    lines = path.read_text(errors="replace").splitlines()
    return gzip.compress("".join(_alb_lines(lines, balancer)).encode())


def _alb_lines(lines: Iterable[str], balancer: Balancer) -> Iterator[str]:
    for line in lines:
        try:
            yield access_log.alb_line(line, balancer) + "\n"
        except stored_files.UNREADABLE as error:  # Envoy was killed while writing, or the file is damaged
            log.error(
                "A line of an access log is lost: %s: %r",
                *(type(error).__name__, line[:100]),
                extra={"action": "access_log_line_lost", "load_balancer": balancer.arn},
            )
