"""Control groups that are removed from outside at the same time."""

import logging
from pathlib import Path

import pytest

from localcloud.tasks.memory.memory_group import remove


def test_a_group_that_another_removes_at_the_same_time_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)  # as it was a moment before
    with caplog.at_level(logging.WARNING):
        remove(tmp_path / "group")
    assert caplog.records == []
