"""Starting through the launcher, with real processes."""

import os
from pathlib import Path

import psutil
import pytest

from localcloud.ledger import Ledger
from localcloud.processes import Child
from localcloud.tasks.launching import Settings, launch_child, shell_command


@pytest.fixture
def child(tmp_path: Path) -> Child:
    return Child("c", Ledger(tmp_path / "ledger"))


async def launch(child: Child, *argv: str, settings: Settings) -> str:
    return await launch_child(child, argv, settings, env=os.environ, cwd=None)


async def test_when_it_returns_the_program_runs_with_its_limits(child: Child) -> None:
    # A signal that comes now reaches the program, not the launcher.
    limit = ("nofile", 100, 200)
    assert await launch(child, "/bin/sleep", "600", settings=Settings(ulimits=[limit])) == ""
    process = psutil.Process(child.pid)
    assert process.cmdline() == ["/bin/sleep", "600"]
    assert process.rlimit(psutil.RLIMIT_NOFILE) == limit[1:]
    assert await child.stop(10) == 143


async def test_a_program_that_cannot_be_executed_is_an_error_of_the_start(child: Child, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x00no program")
    program.chmod(0o700)
    with pytest.raises(OSError, match=r"exec .*program.*Exec format error"):
        await launch(child, str(program), settings=Settings(ulimits=[("core", 0, 0)]))
    assert child.ended.is_set()


async def test_a_program_that_cannot_enter_its_group_runs_and_the_reason_is_told(child: Child, tmp_path: Path) -> None:
    reason = await launch(child, "/bin/echo", "here", settings=Settings(entrance=tmp_path / "gone" / "cgroup.procs"))
    assert "No such file or directory" in reason
    await child.ended.wait()
    assert (child.exit_code, list(child.last_lines)) == (0, ["here"])


async def test_a_shell_enters_and_runs_its_words_as_they_are(child: Child, tmp_path: Path) -> None:
    entrance = tmp_path / "it's here"
    words = "echo \"$0\" 'a  b' # no more"
    await child.start(shell_command(words, entrance))
    await child.ended.wait()
    assert entrance.read_text() == "0\n"
    assert list(child.last_lines) == ["/bin/sh a  b"]
