"""The data directory of a stand-in for the local cloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import daemon
from tests.integration.ops.local.stand_in import STAND_IN, STARTED


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "stand-in" / "localcloud"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path / "home"))
    home = tmp_path / "home" / "local"
    home.mkdir(parents=True)
    (home / "health.json").write_text('{"status": "ready", "parts": {"elb": {"status": "ready"}}}')
    yield home
    daemon.stop(home)
    while STARTED:
        STARTED.pop().wait(60)
