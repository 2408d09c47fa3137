"""`spendsense down`: stops the local cloud, and deletes data only when confirmed."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import Misuse
from ops.local import daemon, down
from tests.integration.ops.local.stand_in import start


def test_down_stops_it_and_a_second_down_has_nothing_to_do(data_dir: Path) -> None:
    child = start(data_dir)
    assert down.run(down.Options(), Console()).pid == child.pid
    assert child.wait(60) == 0
    assert not daemon.is_running(data_dir)
    assert down.run(down.Options(), Console()).pid is None


def test_down_waits_until_the_process_has_ended_and_not_only_its_command_line(data_dir: Path) -> None:
    (data_dir / "ends-slowly").touch()
    child = start(data_dir)
    assert not down.run(down.Options(), Console()).was_killed
    assert child.poll() == 0, "it has ended"


def test_data_is_deleted_only_when_confirmed(data_dir: Path) -> None:
    (data_dir / "images").mkdir()
    (data_dir / "images").chmod(0o555)
    with pytest.raises(Misuse, match="no data was deleted"):
        down.run(down.Options(delete_data=True), Console())
    assert down.run(down.Options(delete_data=True, yes=True), Console()).data_deleted
    assert not data_dir.exists()


def test_down_never_acts_on_aws() -> None:
    with pytest.raises(Misuse, match="prod is on AWS"):
        down.run(down.Options(environment=EnvironmentName.PROD), Console())


def test_down_needs_no_room_on_the_disk(data_dir: Path) -> None:
    child = start(data_dir)
    program = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
    program += "from ops.console import Console; from ops.local import down; down.run(down.Options(), Console())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert child.wait(60) == 0
