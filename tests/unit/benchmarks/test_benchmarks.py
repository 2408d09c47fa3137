"""`make bench` prints its rows and nothing else, as a table or as JSON, and makes the page of figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main, names
from benchmarks.page import Result, page
from benchmarks.row import Row

ROOT = Path(__file__).parents[3]
BROKEN = '"""Fails."""\ndef run():\n    raise OSError("no such server")\n'
NOISY = '''"""Prints as a server does."""
import os, subprocess
from benchmarks.row import Row
def run():
    print("a log line")
    os.write(2, b"another\\n")
    subprocess.run(["sh", "-c", "echo a third; echo a fourth >&2"], check=True)
    return [Row(name="noise, s", ours=1.0, theirs=2.0, ratio=0.5, goal="<= 1")]
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The machinery with two benchmarks: one that prints much, one that fails."""
    (tmp_path / "benchmarks").mkdir()
    for name in ("__init__", "__main__", "beside", "page", "row"):
        source = (ROOT / "benchmarks" / f"{name}.py").read_text()
        (tmp_path / "benchmarks" / f"{name}.py").write_text(source)
    (tmp_path / "benchmarks" / "noisy.py").write_text(NOISY)
    (tmp_path / "benchmarks" / "broken.py").write_text(
        '"""Fails."""\ndef run():\n    raise OSError("no such server")\n'
    )
    return tmp_path


def bench(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "benchmarks", *arguments]
    return subprocess.run(
        command, cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False, timeout=120
    )


def test_only_the_rows_are_printed_and_the_log_has_the_rest(tree: Path) -> None:
    finished = bench(tree, "noisy")
    assert finished.returncode == 0
    assert finished.stderr == ""
    lines = [line for line in finished.stdout.splitlines() if line]
    assert [line.split()[0] for line in lines] == ["noisy", "what", "noise,"]
    assert (tree / "build" / "bench.log").read_text().count("\n") == 4


def test_json_is_one_document_with_every_row(tree: Path) -> None:
    document = json.loads(bench(tree, "noisy", "--json").stdout)
    assert document["failed"] == []
    assert [(row["benchmark"], row["ratio"], row["meets_goal"]) for row in document["rows"]] == [("noisy", 0.5, True)]


def test_a_benchmark_that_fails_is_named_and_the_others_run(tree: Path) -> None:
    finished = bench(tree)
    assert finished.returncode == 1
    assert "failed: OSError('no such server')" in finished.stdout
    assert "noise, s" in finished.stdout
    assert "Traceback" in (tree / "build" / "bench.log").read_text()


def test_a_benchmark_that_does_not_exist_is_refused_with_the_existing_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["nothing"])
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in names())


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [("<= 1.1", 1.1, True), ("<= 1 (3 %)", 1.01, False), (">= 0.6", 0.5, False), ("-", 1, None)],
)
def test_a_goal_is_read_from_its_words(goal: str, ratio: float, met: bool | None) -> None:
    assert Row(name="x", ours=1, theirs=1, ratio=ratio, goal=goal).meets_goal is met


def test_the_page_says_of_each_figure_whether_its_goal_is_met() -> None:
    row = Row(name="rows, s | all", ours=3.0, theirs=2.0, ratio=1.5, goal="<= 1.1")
    text = page([Result(benchmark="scheduling", row=row)])
    assert "## scheduling" in text
    assert "| figure | ours | baseline |" in text
    assert "measured in the same run; where there is nothing to measure, it is a\nfixed target" in text
    assert "| rows, s \\| all | 3 | 2 | 1.50 | <= 1.1 | no |  |" in text
