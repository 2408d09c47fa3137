"""A command line, run in this process with --json where no local cloud is up."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from ops.cli import edge, main


@pytest.fixture
def outcome(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run a command line with --json without a local cloud; return exit status, answer and messages."""
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def call(words: list[str], app: typer.Typer = main.app) -> tuple[int, Any, str]:
        before = words[: words.index("--")] if "--" in words else words
        words = [*before, "--json", *words[len(before) :]]
        status = edge.outcome(app, words, as_json=True)
        printed = capsys.readouterr()
        return status, json.loads(printed.out), printed.err

    return call
