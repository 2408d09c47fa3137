"""Warm start and rolling deploy of the local environment with the real command, and where the time goes."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.row import Row, show

ROUNDS = 3
PROJECT_ROOT = Path(__file__).parents[1]
WARM_START_GOAL_S = 10.0
# Two replacements one after the other, each at least until the first health check (5 s of AWS at speed 5), and the
# drain of the last old task (5 s at speed 5).
MINIMUM_ROLL_S = 3.0


def run() -> list[Row]:
    """Bring up, then measure: `down` + `up` and `deploy` of a changed version, three times each."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"SPENDSENSE_HOME": home}
        try:
            _spendsense(environment, "up")
            deploys = [_deploy(environment, Path(home) / f"source-{number}") for number in range(ROUNDS)]
            starts = [_warm_start(environment) for _ in range(ROUNDS)]
        finally:
            _spendsense(environment, "down")
    return [
        _row("warm `up` to healthy, s", starts, WARM_START_GOAL_S, "<= 1 (10 s)"),
        _row("rolling deploy of 2 tasks, s", deploys, WARM_START_GOAL_S, "<= 1 (10 s)"),
        _row(
            "  of it roll out, beside the minimum, s", [_only(d, "roll_out") for d in deploys], MINIMUM_ROLL_S, "<= 1.2"
        ),
    ]


def _row(name: str, results: list[dict[str, Any]], theirs: float, goal: str) -> Row:
    middle = statistics.median(result["duration_s"] for result in results)
    phases = next(result for result in results if result["duration_s"] == middle)["phases_s"]
    note = " ".join(f"{phase}={seconds:.2f}" for phase, seconds in phases.items())
    return Row(name=name, ours=middle, theirs=theirs, ratio=middle / theirs, goal=goal, note=note)


def _only(result: dict[str, Any], phase: str) -> dict[str, Any]:
    return {"duration_s": result["phases_s"][phase], "phases_s": {}}


def _warm_start(environment: dict[str, str]) -> dict[str, Any]:
    _spendsense(environment, "down")
    return _spendsense(environment, "up")


def _deploy(environment: dict[str, str], source: Path) -> dict[str, Any]:
    shutil.copytree(PROJECT_ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))
    with (source / "app" / "__init__.py").open("a") as file:
        file.write(f"# {time.time_ns()}\n")
    return _spendsense(environment, "deploy", "--source", str(source))


def _spendsense(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [str(Path(sys.executable).parent / "spendsense"), *arguments, "--json"]
    finished = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with {finished.returncode}:\n{finished.stderr}{finished.stdout}")
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer


if __name__ == "__main__":
    show(run())
