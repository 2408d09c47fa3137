"""Tests are compiled before the workers of a run start."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import compiling

PROJECT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.dont_write_bytecode, reason="Python may not write bytecode here")
def test_what_is_not_compiled_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "WORTH_IT", 1)
    monkeypatch.setattr(compiling, "MOST_PROCESSES", 1)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    files = [tmp_path / "test_right.py", tmp_path / "test_wrong.py"]
    files[0].write_text("def test_right() -> None:\n    assert True\n")
    files[1].write_text("assert no_such_name\n")  # which is for the workers to say
    config: Any = SimpleNamespace(args=[f"{tmp_path}"], rootpath=PROJECT, getoption=lambda *_: 5)
    compiling.compile_for_workers(config)
    assert [compiling._is_compiled(file) for file in files] == [True, True]

    def start_nothing(*_: object) -> None:
        raise AssertionError("everything is compiled")

    monkeypatch.setattr(compiling, "_collecting", start_nothing)
    compiling.compile_for_workers(config)
