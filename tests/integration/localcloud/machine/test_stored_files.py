"""Whatever is damaged in the data directory, the local cloud starts, reports what is lost, and opens nothing."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from localcloud.machine.set_aside import SUFFIX
from localcloud.moto.bodies import LOST
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.integration.localcloud.moto.stored_world import (
    Damage,
    World,
    do,
    files,
    make_foreign,
    replace_directory,
    rounds,
)

SPEED = 20


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a local cloud that has ended; each case gets it restored at the same place."""
    directory = tmp_path_factory.mktemp("stored") / "data"
    world = World(start(directory, speed=SPEED))
    try:
        world.fill()
    finally:
        assert world.daemon.stop() == 0
    template = directory.with_name("template")
    replace_directory(template, directory)
    yield template


def started(directory: Path) -> Daemon | str:
    """Start the local cloud; -> it, or the refusal in which it ended."""
    log = directory.parent / f"{directory.name}.log"
    log.unlink(missing_ok=True)
    try:
        return start(directory, speed=SPEED)
    except AssertionError:
        return log.read_text()


Case = Mapping[Damage, list[Path]]
"""Files that are damaged together, by how."""


def wrong(template: Path, case: Case) -> list[str]:
    """Return everything that is wrong after this damage and two starts."""
    directory = template.with_name("data")
    replace_directory(directory, template)
    for damage, damaged in case.items():
        for path in damaged:
            do(damage, directory / path)
    paths = [path for damaged in case.values() for path in damaged]
    found: list[str] = []
    for number in (1, 2):
        daemon = started(directory)
        if isinstance(daemon, str):
            return [*found, f"start {number} is refused: {daemon[-2000:]}"]
        try:
            found += [f"start {number}: {each}" for each in wrong_of(World(daemon), paths, is_second=number == 2)]
        finally:
            code = daemon.stop()
        if code != 0:
            found.append(f"start {number} ends with {code}")
        log = (directory.parent / "data.log").read_text()
        if "Traceback" in log:
            found.append(f"start {number} has a traceback: {log[log.index('Traceback') :][:2000]}")
    return found


def wrong_of(world: World, paths: list[Path], *, is_second: bool) -> Iterator[str]:
    health = world.health()
    reported, has_failed = health["set_aside"], health["status"] != "ready"
    for fact in world.facts():
        if fact.holds():
            continue
        if not any(str(path).startswith(fact.beside) for path in paths):
            yield f"{fact.name} is lost, which has nothing to do with it: {reported}"
        elif fact.name == "cache" and any(path.suffix == ".aof" for path in paths):
            continue  # Redis takes a shorter log for one cut by a crash, and reads it as far as it goes
        elif not (has_failed or is_second or world.health()["set_aside"]):
            yield f"{fact.name} is lost, and nothing reports it"
    if world.is_cache_open():
        yield "the cache lets in who has no token"
    for user, password in product(("master", "rdsadmin"), (None, "", "wrong")):
        if asyncio.run(world.connects(password, user)):
            yield f"the database lets in {user} with the password {password!r}"
    named = [each.name for each in world.daemon.directory.rglob(f"*{SUFFIX}*")]
    if not is_second and any(name not in " ".join(reported) for name in named):
        yield f"{named} is not reported: {reported}"
    again = [each for each in reported if LOST not in each]  # a permanent loss is reported until somebody acts
    if is_second and again:
        yield f"it is reported again: {again}"


def check(template: Path, cases: Iterable[Case]) -> None:
    failures = []
    for case in cases:
        if found := wrong(template, case):
            told = {damage.value: [str(path) for path in paths] for damage, paths in case.items()}
            failures.append(f"{told}: {'; '.join(found)}")
            print(failures[-1], flush=True)  # noqa: T201 - shows the progress of a long run
    assert not failures, "\n".join(failures)


@pytest.mark.long
def test_a_sample_of_damaged_files_is_survived(template: Path) -> None:
    every = rounds(files(template))
    sample = [(damage, every[number % len(every)]) for number, damage in enumerate(Damage)]
    # Two at once, for a start takes longer than all else here; not two beside each other, a state and its copy.
    check(template, [dict(sample[number::3]) for number in range(3)])


@pytest.mark.long
def test_everything_is_there_after_an_upgrade_of_moto_and_of_python(template: Path) -> None:
    directory = template.with_name("data")
    replace_directory(directory, template)
    make_foreign(directory, moto="5.2.0", python="3.10")
    world = World(start(directory, speed=SPEED))
    try:
        assert [fact.name for fact in world.facts() if not fact.holds()] == []
        [reported] = world.health()["set_aside"]
        assert "carried over from moto 5.2.0 with Python 3.10, every entry: " in reported
    finally:
        assert world.daemon.stop() == 0


@pytest.mark.full
def test_every_file_may_be_damaged_in_every_way(template: Path) -> None:
    check(template, [{damage: paths} for paths in rounds(files(template)) for damage in Damage])
