"""The reference pages that are made from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_the_pages_are_current() -> None:
    written = subprocess.run(
        [sys.executable, PROJECT / "scripts" / "reference.py", "--check"], capture_output=True, text=True, check=False
    )
    assert written.returncode == 0, written.stdout + written.stderr
