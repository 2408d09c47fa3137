"""From nothing to a healthy service by Terraform, and a plan when nothing has changed; compared with fixed targets."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.environment import spendsense
from benchmarks.row import Row, show

FIRST_UP_GOAL_S, LIKE_PROD_GOAL_S, PLAN_GOAL_S = 30.0, 40.0, 8.0
LIKE = ("--like", "prod")


def run() -> list[Row]:
    """Bring up `local`, then an environment like prod beside it, each in an empty home; plan both."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        try:
            first = spendsense(home, "up", "--port", "0")
            plan_s = timed(home, "plan")
            prod = spendsense(home, "up", *LIKE, "--speed", "20", "--port", "0")
            plan_prod_s = timed(home, "plan", *LIKE)
        finally:
            spendsense(home, "down")
            spendsense(home, "down", "--env", "like-prod")
    return [
        row("first `up` to healthy, s", first["duration_s"], FIRST_UP_GOAL_S, phases(first)),
        row("`up --like prod --speed 20` to healthy, s", prod["duration_s"], LIKE_PROD_GOAL_S, phases(prod)),
        row("`plan` without changes, local, s", plan_s, PLAN_GOAL_S, f"on {os.cpu_count()} CPUs"),
        row("`plan` without changes, like prod, s", plan_prod_s, PLAN_GOAL_S, "another environment runs beside it"),
    ]


def timed(home: Path, *arguments: str) -> float:
    """Return the seconds of a command that must find no change."""
    begun = time.monotonic()
    answer = spendsense(home, *arguments)
    took_s = time.monotonic() - begun
    if answer["changes"]:
        raise SystemExit(f"{' '.join(arguments)}: there should be no change, found {answer['changes']}")
    return took_s


def phases(up: dict[str, Any]) -> str:
    return " ".join(f"{name}={took:.2f}" for name, took in up["phases_s"].items())


def row(name: str, took_s: float, goal_s: float, note: str) -> Row:
    return Row(name=name, ours=took_s, theirs=goal_s, ratio=took_s / goal_s, goal="<= 1", note=note)


if __name__ == "__main__":
    show(run())
