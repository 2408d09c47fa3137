"""The reference pages that are made from the code say what the code says."""

import sys

import pytest

from scripts import reference


def test_the_pages_are_current(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["reference.py", "--check"])
    assert reference.main() == 0, capsys.readouterr().out
