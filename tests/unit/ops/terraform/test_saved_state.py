"""The state that is used after an apply that could not write it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.terraform.saved_state import BACKUP, DAMAGED, ERRORED, STATE, repair

HALF = '{"version": 4, "lineage": "l", "serial": 7, "resour'


def state(serial: int, lineage: str = "l") -> str:
    return json.dumps({"version": 4, "lineage": lineage, "serial": serial, "resources": []})


def put(code: Path, **files: str) -> None:
    names = {"state": STATE, "backup": BACKUP, "errored": ERRORED}
    for name, text in files.items():
        (code / names[name]).write_text(text)


@pytest.mark.parametrize("half", [HALF, ""])
def test_a_half_of_a_state_is_kept_aside_and_the_one_before_it_is_taken(tmp_path: Path, half: str) -> None:
    said: list[str] = []
    put(tmp_path, state=half, backup=state(3), errored="")
    repair(tmp_path, said.append)
    assert (tmp_path / STATE).read_text() == state(3)
    assert (tmp_path / DAMAGED).read_text() == half
    assert "taking the one before that apply" in said[0]


HOLDER = "import fcntl, sys; f = open(sys.argv[1], 'rb+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"


@pytest.mark.parametrize("half", [HALF, ""])
def test_what_another_terraform_is_writing_is_left_alone(tmp_path: Path, half: str) -> None:
    put(tmp_path, state=half, backup=state(3))
    command = [sys.executable, "-c", HOLDER, str(tmp_path / STATE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        repair(tmp_path, lambda _: None)
        assert (tmp_path / STATE).read_text() == half
        assert not (tmp_path / DAMAGED).exists()
        other.communicate(b"\n")
    repair(tmp_path, lambda _: None)
    assert (tmp_path / STATE).read_text() == state(3)


@pytest.mark.parametrize("backup", [None, HALF])
def test_without_an_earlier_one_there_is_none(tmp_path: Path, backup: str | None) -> None:
    put(tmp_path, state=HALF, **({"backup": backup} if backup else {}))
    repair(tmp_path, lambda _: None)
    assert not (tmp_path / STATE).exists()
    assert (tmp_path / DAMAGED).read_text() == HALF


@pytest.mark.parametrize("there", [state(6), HALF, None])
def test_what_terraform_could_not_write_is_taken_when_it_is_newer(tmp_path: Path, there: str | None) -> None:
    put(tmp_path, errored=state(7), backup=state(3), **({"state": there} if there else {}))
    repair(tmp_path, lambda _: None)
    assert (tmp_path / STATE).read_text() == state(7)
    assert not (tmp_path / ERRORED).exists()


@pytest.mark.parametrize("errored", [state(6), state(9, "another"), "", HALF])
def test_a_whole_state_stays_when_nothing_newer_of_it_is_there(tmp_path: Path, errored: str) -> None:
    put(tmp_path, state=state(7), backup=state(8), errored=errored)
    repair(tmp_path, lambda _: None)
    assert (tmp_path / STATE).read_text() == state(7)


def test_where_nothing_was_applied_nothing_is_made(tmp_path: Path) -> None:
    repair(tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == []
