"""`python -m localcloud`: run AWS on one machine in the foreground until a signal."""

import argparse
import asyncio
import gc
import signal
import sys
from pathlib import Path

import uvloop

from localcloud.enforcement.mode import DEFAULT, Mode
from localcloud.environment import DEFAULT_PORT, LocalCloud
from localcloud.errors import LocalCloudError
from localcloud.machine.log_lines import set_up_logging
from localcloud.protocol.origin_check import is_origin
from localcloud.tasks.images.engines import Choice

COULD_NOT_START = 3
COLLECT_AFTER = 50_000
"""New objects before Python looks for unreachable cycles; with its own 700, loading models takes a third longer."""


def main() -> int:
    """Run until a signal; return the exit status: 0 after SIGTERM or SIGINT, 3 when it could not start."""
    options = _parser().parse_args()
    gc.freeze()  # modules stay in memory: collections can skip them
    gc.set_threshold(COLLECT_AFTER)
    set_up_logging()
    environment = LocalCloud(
        options.data_dir,
        port=options.port,
        speed=options.speed,
        has_faults=options.faults,
        allowed_origins=options.allow_origin,
        iam_mode=options.iam,
        engine=options.container_engine,
    )
    try:
        uvloop.run(_run(environment))
    except LocalCloudError as exc:
        print(f"localcloud: {exc}", file=sys.stderr)  # noqa: T201 - the program's edge
        return COULD_NOT_START
    return 0


async def _run(environment: LocalCloud) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await environment.run(stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="directory for everything that survives a restart")
    parser.add_argument(
        "--port",
        type=int,
        help=f"port of the endpoint; 0 for any (default {DEFAULT_PORT}, or a free one if that is in use)",
    )
    parser.add_argument("--speed", type=_speed, default=1.0, help="divides every wait (default 1)")
    parser.add_argument(
        "--faults", action="store_true", help="allow faults to be injected at /_localcloud/faults (default: no)"
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin of a web page that may call the endpoint: http://localhost:3000; may be repeated (default: none)",
    )
    parser.add_argument(
        "--iam",
        type=Mode,
        choices=list(Mode),
        help=f"what to do with IAM's decisions (default: as in the previous run; in the first one {DEFAULT})",
    )
    parser.add_argument(
        "--container-engine",
        type=Choice,
        choices=list(Choice),
        default=Choice.AUTO,
        help="what runs pushed images; none: processes of this machine (default auto: the first engine that works)",
    )
    return parser


def _origin(text: str) -> str:
    if not is_origin(text):
        raise argparse.ArgumentTypeError(f"should be an origin such as http://localhost:3000, got {text!r}")
    return text


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"should be a number from 0.1 to 1000, got {text!r}")
    return speed


if __name__ == "__main__":
    sys.exit(main())
