"""The choice of a container engine, and the removal of what a local cloud leaves."""

from pathlib import Path

import pytest

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger
from localcloud.tasks.images.engines import RECORD, Choice, Engines, id_of, remove_leftovers
from tests.integration.localcloud.tasks.stand_in_engine import StandIn


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    stand_in = StandIn(tmp_path / "bin")
    stand_in.state(Pid=0, ExitCode=0, StartedAt="0001-01-01T00:00:00Z")
    return stand_in


def engines_in(directory: Path, choice: Choice = Choice.AUTO) -> Engines:
    return Engines(directory, "run1", choice, Ledger(directory / "ledger"))


async def test_the_first_engine_that_works_is_used_and_the_others_are_named(podman: StandIn, tmp_path: Path) -> None:
    part = engines_in(tmp_path)
    await part.start()
    engine = part.chosen()
    assert engine is not None
    assert (engine.name, engine.version, engine.program) == ("podman", "9.9.9", str(podman.program))
    assert part.status() == {"status": "ready", "engine": "podman 9.9.9"}
    podman.says("ps", "c1\nc2")
    podman.says("images", f"localhost/localcloud-{engine.environment}:one\nlocalhost/other:two")
    await part.stop()
    assert not (tmp_path / RECORD).exists()
    assert podman.words_of("rm") == [["--force", "--volumes", "c1", "c2"]]
    assert podman.words_of("rmi") == [[f"localhost/localcloud-{engine.environment}:one"]]


async def test_an_engine_that_cannot_be_used_is_named_with_the_reason(podman: StandIn, tmp_path: Path) -> None:
    podman.refuses("info", "Cannot connect to the daemon")
    part = engines_in(tmp_path)
    await part.start()
    assert part.chosen() is None
    why = "docker: not on PATH; podman: `podman info` failed: Cannot connect to the daemon"
    assert part.status() == {"status": "ready", "engine": "none", "why": why}
    with pytest.raises(CannotStart, match="--container-engine podman: podman: `podman info` failed"):
        await engines_in(tmp_path, Choice.PODMAN).start()
    assert not (tmp_path / RECORD).exists()


async def test_an_engine_in_a_virtual_machine_is_not_used(podman: StandIn, tmp_path: Path) -> None:
    podman.says("info", "27.1 6.6.12-linuxkit")
    part = engines_in(tmp_path)
    await part.start()
    assert part.chosen() is None
    assert "on another machine" in str(part.status()["why"])


async def test_an_engine_that_nothing_needs_is_only_asked_what_it_is(podman: StandIn, tmp_path: Path) -> None:
    part = engines_in(tmp_path)
    await part.start()
    await part.keep_only([])
    await part.stop()
    assert [call["words"][0] for call in podman.calls] == ["info"]


async def test_engines_can_be_turned_off(podman: StandIn, tmp_path: Path) -> None:
    part = engines_in(tmp_path, Choice.NONE)
    await part.start()
    assert part.chosen() is None
    await part.stop()
    assert podman.calls == []


async def test_a_killed_run_leaves_nothing_and_an_earlier_one_only_its_own(podman: StandIn, tmp_path: Path) -> None:
    part = engines_in(tmp_path)
    await part.start()
    part.chosen()
    remove_leftovers(tmp_path / RECORD, run="run1")
    assert ["--all", "--quiet", "--filter", "label=localcloud.run=run1"] in podman.words_of("ps")

    await engines_in(tmp_path).start()
    label = f"label=localcloud.environment={id_of(tmp_path / RECORD)}"
    assert ["--all", "--quiet", "--filter", label] in podman.words_of("ps")

    asked = len(podman.words_of("ps"))
    copy = tmp_path / "copy" / RECORD
    copy.parent.mkdir()
    copy.write_bytes((tmp_path / RECORD).read_bytes())
    remove_leftovers(copy)
    assert len(podman.words_of("ps")) == asked, "those are the original's"
