"""The CPU time of `spendsense logs --follow` while nothing is written: its own and the local cloud's."""

import os
import subprocess
import sys
import time

import psutil

from benchmarks.environment import PROJECT_ROOT, environment_up
from benchmarks.local_cloud import endpoint, used_s
from benchmarks.row import Row

WATCHED_S = 60.0
SETTLED_S = 5.0
"""The start of the command, which is not measured."""
GOAL_PERCENT = 1.0


def run() -> list[Row]:
    """Compare the command with an imperceptible goal; the note has the local cloud's share."""
    with environment_up() as home:
        cloud = psutil.Process(endpoint(home)["pid"])
        alone = _percent(cloud, WATCHED_S)
        command = [sys.executable, "-m", "ops.cli.main", "logs", "--follow", "--since", "1s"]
        with subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=os.environ | {"SPENDSENSE_HOME": str(home)}, stdout=subprocess.DEVNULL
        ) as following:
            try:
                time.sleep(SETTLED_S)
                with_it = cloud.cpu_times()
                percent = _percent(psutil.Process(following.pid), WATCHED_S)
                after = cloud.cpu_times()
                served = (after.user + after.system - with_it.user - with_it.system) / WATCHED_S * 100
            finally:
                following.terminate()
    return [
        Row(
            name="`logs --follow` while nothing comes, % of a core",
            ours=percent,
            theirs=GOAL_PERCENT,
            ratio=percent / GOAL_PERCENT,
            goal="<= 1 (1 %)",
            note=f"over {WATCHED_S:g} s; the local cloud {served:.2f} % with it, {alone:.2f} % without",
        )
    ]


def _percent(process: psutil.Process, seconds: float) -> float:
    before = used_s(process)
    time.sleep(seconds)
    return (used_s(process) - before) / seconds * 100
