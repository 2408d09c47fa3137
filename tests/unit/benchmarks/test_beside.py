"""`--beside` runs each benchmark in two checkouts in turn, and says by how much the figures of this one are worse."""

import json
from pathlib import Path

import pytest

from benchmarks import beside
from benchmarks.__main__ import main


def checkout(directory: Path, figures: list[list[dict[str, object]]]) -> Path:
    """Make a checkout whose Python prints the next of `figures` each time that it is started."""
    python = directory / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (directory / "benchmarks").mkdir()
    (directory / "benchmarks" / "speed.py").touch()
    for number, rows in enumerate(figures):
        (directory / f"{number}.json").write_text(json.dumps({"rows": rows}))
    python.write_text('#!/bin/sh\nset -- *.json\ncat "$1" && rm "$1"\n')
    python.chmod(0o755)
    return directory


def row(name: str, ours: float, goal: str) -> dict[str, object]:
    return {"name": name, "ours": ours, "theirs": 1.0, "ratio": ours, "goal": goal, "note": "", "benchmark": "speed"}


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another checkout, three rounds of which took 1, 9 and 2 seconds; this one's took 4, 3 and 30."""
    new = [[row("calls/s", 50.0, ">= 1"), row("time, s", took, "<= 1"), row("new", 1.0, "<= 1")] for took in (4, 3, 30)]
    old = [
        [row("time, s", took, "<= 1"), row("calls/s", 100.0, ">= 1"), row("gone", 1.0, "<= 1")] for took in (1, 9, 2)
    ]
    monkeypatch.setattr(beside, "HERE", checkout(tmp_path / "new", new))
    return checkout(tmp_path / "old", old)


def test_medians_of_the_rounds_are_compared_and_more_than_one_is_worse(other: Path) -> None:
    found = {pair.name: pair for pair in beside.pairs(other, ["speed"], rounds=3)}
    assert set(found) == {"calls/s", "time, s"}
    assert (found["time, s"].other, found["time, s"].ours, found["time, s"].ratio) == (2.0, 4.0, 2.0)
    assert found["calls/s"].ratio == 2.0


def test_a_benchmark_that_only_one_has_is_passed_over(other: Path) -> None:
    assert list(beside.pairs(other, ["added_since"], rounds=1)) == []


def test_the_table_is_printed(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheduling", "--beside", str(other)]) == 0
    assert capsys.readouterr().out.split() == ["what", "other", "ours", "worse", "by"]


def test_a_checkout_without_an_environment_is_named(
    tmp_path: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (other / ".venv" / "bin" / "python").unlink()
    (other / "benchmarks" / "scheduling.py").touch()
    assert main(["scheduling", "--beside", str(other)]) == 1
    assert capsys.readouterr().err == f"{other} has no .venv\n  next: run `make .venv/.installed` there\n"


def test_a_benchmark_that_fails_is_named_with_its_log(other: Path) -> None:
    (other / ".venv" / "bin" / "python").write_text("#!/bin/sh\necho no such server >&2\nexit 1\n")
    with pytest.raises(beside.CannotCompare) as caught:
        list(beside.pairs(other, ["speed"], rounds=1))
    assert str(caught.value) == f"speed failed in {other}: no such server\n  next: see {other}/build/bench.log"
