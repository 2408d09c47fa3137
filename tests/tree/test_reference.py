"""The reference pages that are made from the code say what the code says."""

import re
import sys
from pathlib import Path

import pytest

from scripts import reference


def test_the_pages_are_current(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["reference.py", "--check"])
    assert reference.main() == 0, capsys.readouterr().out


def test_a_setting_names_another_one_by_its_variable() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (.*) \|$", page, re.MULTILINE)
    names = [name.lower() for name, _ in rows if "_" in name]
    assert len(names) > 20
    assert [(variable, name) for variable, text in rows for name in names if re.search(rf"\b{name}\b", text)] == []
