"""The time of a command before its first request, and of `status` for a running environment.

CPU seconds of the whole process, beside a Python that only imports what the command needs: the command line's library,
and botocore where AWS is called. The rest is ours. The command runs the garbage collector less often than Python's
default, which saves a tenth of the time of `status`; the Python beside it does not. The baseline is a fixed target.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.environment import PROJECT_ROOT, environment_up
from benchmarks.row import Row, show

ROUNDS = 7
HELP_NEEDS = "import typer, typer.rich_utils"
STATUS_NEEDS = (
    "import typer, typer._adapters, rich.console, botocore.session; s = botocore.session.Session();"
    "[s.create_client(n, region_name='us-west-1', aws_access_key_id='x', aws_secret_access_key='x')"
    " for n in ('ecs', 'elbv2', 'ssm', 'cloudwatch')]"
)
GOAL_S = 0.3


def run() -> list[Row]:
    """Measure both in turns; return medians."""
    with environment_up() as home:
        return [
            row("`spendsense --help`", ["--help"], HELP_NEEDS, home),
            row("`spendsense status`", ["status"], STATUS_NEEDS, home),
        ]


def row(name: str, arguments: list[str], needs: str, home: Path) -> Row:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(cpu_s([sys.executable, "-m", "ops.cli.main", *arguments], home))
        theirs.append(cpu_s([sys.executable, "-c", needs], home))
    own = max(0.0, statistics.median(ours) - statistics.median(theirs))
    return Row(
        name=f"{name}, CPU s of our own code",
        ours=own,
        theirs=GOAL_S,
        ratio=own / GOAL_S,
        goal=f"<= 1 ({GOAL_S} s)",
        note=f"all of it {statistics.median(ours):.2f} s, the libraries {statistics.median(theirs):.2f} s",
    )


def cpu_s(command: list[str], home: Path) -> float:
    """Return the CPU seconds, user and system, of a command that succeeds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"SPENDSENSE_HOME": str(home)}
    subprocess.run(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    show(run())
