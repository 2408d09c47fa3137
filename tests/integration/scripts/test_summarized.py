"""scripts/summarized: what a scheduled command has said is on the run's page, whether it succeeded or not."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "summarized"


@pytest.mark.parametrize(("status", "heading"), [(0, "### Drift of dev: fine"), (2, "### Drift of dev: exit status 2")])
def test_the_page_has_output_errors_and_exit_status(tmp_path: Path, status: int, heading: str) -> None:
    summary = tmp_path / "summary"
    done = subprocess.run(
        ["bash", SCRIPT, "Drift of dev", "sh", "-c", f"echo found; echo 'next: look' >&2; exit {status}"],
        env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status
    assert done.stdout.splitlines() == ["found", "next: look"]
    assert summary.read_text().splitlines() == [heading, "", "```", "found", "next: look", "```"]
