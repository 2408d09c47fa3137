"""The program's first lines: a signal that arrives while modules still load ends it without a traceback."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

ANSWER = '{"ok": false, "error": "Interrupted", "signal": "%s", "message": "%s", "next_step": null, "exit_code": %d}\n'


def main() -> NoReturn:
    """Run the command line."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _end)
    from ops.cli.main import main as run  # takes most of a second on a busy machine

    run()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """Print that nothing was started, using only what is already imported."""
    name, status = signal.Signals(number).name, 128 + number
    message = f"ended by {name}: nothing was started"
    words = sys.argv[1:]
    if "--json" in (words[: words.index("--")] if "--" in words else words):
        _write(1, ANSWER % (name, message, status))
    _write(2, f"spendsense: {message}\n")
    os._exit(status)


def _write(stream: int, text: str) -> None:
    try:
        os.write(stream, text.encode())
    except OSError:  # it is closed or full, and nothing else can be notified
        return
