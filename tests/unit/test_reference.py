"""The reference pages that are made from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_the_pages_are_current() -> None:
    made = subprocess.run(
        [sys.executable, PROJECT / "scripts" / "reference.py", "--check"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
