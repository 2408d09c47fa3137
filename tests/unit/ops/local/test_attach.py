"""The local cloud that `up` uses: a running one with other settings is refused."""

from pathlib import Path

import pytest

from ops.console import Console
from ops.errors import Misuse
from ops.local import attach, daemon
from tests.unit.ops.local.stand_in import start


def test_any_port_accepts_a_local_cloud_that_is_already_running(data_dir: Path) -> None:
    start(data_dir)
    cloud = attach.attach_or_start(attach.Settings(port=0), data_dir, Console())
    assert (cloud.local.pid, cloud.child, cloud.was_running) == (daemon.attach(data_dir).pid, None, True)
    with pytest.raises(Misuse, match="is already running, with --port"):
        attach.attach_or_start(attach.Settings(port=1), data_dir, Console())
