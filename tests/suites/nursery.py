"""Local clouds in a tenth of the time: this process imports everything once, and forks for each one.

Run as `python -m tests.suites.nursery`. A line `{"start": PORT, "directory": PATH}` on standard input is answered with
`{"pid": PID}` once that one is ready, or with `{"error": TEXT}`; `{"stop": PID}` with `{"status": STATUS}`. The end of
the input ends them all.
"""

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

IMPORTED_LATE = (
    "localcloud.moto.dispatch",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)
BACKENDS = (
    "apigatewayv2",
    "applicationautoscaling",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elbv2",
    "events",
    "iam",
    "kms",
    "logs",
    "rds",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
SPEED = "30"
START_LIMIT_S = 120


def main() -> None:
    """Serve requests until the input ends."""
    running: set[int] = set()
    _import_all()
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            pid = _fork(str(request["start"]), Path(request["directory"]))
            error = _awaited(pid, Path(request["directory"]))
            answer: dict[str, object] = {"error": error} if error else {"pid": pid}
            running |= set() if error else {pid}
        else:
            running.discard(request["stop"])
            answer = {"status": _stop(request["stop"])}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the response's channel
    for pid in running:
        _stop(pid)


def _import_all() -> None:
    from localcloud.moto import patches, tables

    importlib.import_module("localcloud.__main__")
    tables.read_late()
    for module in IMPORTED_LATE:
        importlib.import_module(module)
    for service in BACKENDS:
        importlib.import_module(f"moto.{service}.urls")
    for name in patches.MODULES:
        patches.patch(name)


def _fork(port: str, directory: Path) -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        with (directory / "cloud.log").open("ab") as log, Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        sys.argv = ["localcloud", "--data-dir", str(directory / "data"), "--port", port, "--speed", SPEED]
        from localcloud.__main__ import main as run

        status = 1
        try:
            status = run()
        finally:
            os._exit(status)
    return pid


def _awaited(pid: int, directory: Path) -> str:
    """Wait until it is ready; -> why it is not, empty when it is."""
    deadline = time.monotonic() + START_LIMIT_S
    while not (directory / "data" / "endpoint.json").exists():
        if os.waitpid(pid, os.WNOHANG)[0]:
            return f"ours does not come up:\n{(directory / 'cloud.log').read_text()[-2000:]}"
        if time.monotonic() > deadline:
            _stop(pid)
            return f"ours is not ready within {START_LIMIT_S} s"
        time.sleep(0.02)
    return ""


def _stop(pid: int) -> int:
    os.kill(pid, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
