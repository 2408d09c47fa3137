"""Starting programs through the launcher, with real processes."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child
from localcloud.tasks.containers.launching import Settings, launch_child


@pytest.fixture
def child(tmp_path: Path) -> Child:
    return Child("c", Ledger(tmp_path / "ledger"))


async def launch(child: Child, *argv: str, settings: Settings) -> str:
    return await launch_child(child, argv, settings, env=os.environ, cwd=None)


async def test_when_it_returns_the_program_runs_with_its_limits(child: Child) -> None:
    # A signal now reaches the program, not the launcher.
    limit = ("nofile", 100, 200)
    assert await launch(child, "/bin/sleep", "600", settings=Settings(ulimits=[limit])) == ""
    process = psutil.Process(child.pid)
    assert process.cmdline() == ["/bin/sleep", "600"]
    assert process.rlimit(psutil.RLIMIT_NOFILE) == limit[1:]
    assert await child.stop(10) == 143


async def test_a_program_without_group_and_limits_starts_as_it_is(child: Child, tmp_path: Path) -> None:
    reason = await launch_child(child, ["/bin/ls"], Settings(ulimits=[]), env=os.environ, cwd=tmp_path / "..")
    await child.ended.wait()
    assert (reason, child.exit_code) == ("", 0)
    assert "None" not in child.last_lines, "nothing is written for a group that is not there"


async def test_a_program_that_cannot_be_executed_is_an_error_of_the_start(child: Child, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x00no program")
    program.chmod(0o700)
    with pytest.raises(OSError, match=r"exec .*program.*Exec format error"):
        await launch(child, str(program), settings=Settings(ulimits=[("core", 0, 0)]))
    assert child.ended.is_set()


async def test_a_program_that_cannot_enter_its_group_runs_and_the_reason_is_reported(
    child: Child, tmp_path: Path
) -> None:
    reason = await launch(child, "/bin/echo", "here", settings=Settings(entrance=tmp_path / "gone" / "cgroup.procs"))
    assert "No such file or directory" in reason
    await child.ended.wait()
    assert (child.exit_code, list(child.last_lines)) == (0, ["here"])


@pytest.mark.parametrize(
    "more", [{}, {"a.b": "1"}, {"PWD": "elsewhere"}], ids=["plain", "no name for a shell", "a shell's"]
)
async def test_a_program_in_a_group_gets_its_environment_as_it_is(
    child: Child, tmp_path: Path, more: dict[str, str]
) -> None:
    entrance = tmp_path / "it's here"
    entrance.touch()
    environment = {"PATH": os.defpath, "KEY": "two  'words'\nand a line", **more}
    words = [sys.executable, "-I", "-S", "-c", "import os; print(sorted(os.environ.items()), os.read(0, 1))"]
    reason = await launch_child(child, words, Settings(entrance=entrance), env=environment, cwd=tmp_path)
    await child.ended.wait()
    assert reason == ""
    assert entrance.read_text().strip() == "0"
    seen = {"LC_CTYPE": "C.UTF-8"} | environment  # added by Python itself to a bare environment
    assert list(child.last_lines) == [f"{sorted(seen.items())} b''"]
