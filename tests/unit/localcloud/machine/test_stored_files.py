"""Files of an earlier run: whatever is there in their place is set aside and reported, and opens nothing."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from localcloud.elasticache.redis import Cache, Redis
from localcloud.elb.certificates import LocalCertificates
from localcloud.errors import AwsError, CannotStart
from localcloud.machine import stored_files
from localcloud.machine.addresses import Addresses
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.ledger import Entry, Ledger
from localcloud.machine.set_aside import begin, reported_below
from localcloud.moto.bodies import BodyStore
from localcloud.rds.server import superuser
from localcloud.rds.server.endpoints import Endpoints
from localcloud.rds.server.postgres import Instance, Postgres

TOKEN = "a-token!of&sixteen#characters"
CACHE = Cache(address="127.20.0.9", port=6379, auth_token=TOKEN)
INSTANCE = Instance(address="127.20.0.8", port=5432, master_username="m", database="d", resource_id="db-A")


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def become_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


PRESENT: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    cut,
    lambda path: path.write_bytes(bytes(range(256))),
    lambda path: path.write_text("null"),
    lambda path: path.write_text("[]"),
    lambda path: path.write_text("{}"),
    lambda path: path.write_text("[" * 100_000),
    become_a_directory,
]
present = pytest.mark.parametrize("damage", PRESENT)
damaged = pytest.mark.parametrize("damage", [*PRESENT, Path.unlink])
Damage = Callable[[Path], object]


@damaged
def test_a_record_that_cannot_be_read_is_none_and_stays_under_another_name(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "cache.json"
    write_json(path, asdict(CACHE))
    assert stored_files.read_record(path, Cache) == CACHE
    damage(path)
    was_there = path.exists()
    assert stored_files.read_record(path, Cache) is None
    assert not path.exists()
    assert [str(path) in reported for reported in reported_below(tmp_path)] == ([True] if was_there else [])
    write_json(path, asdict(CACHE))
    assert stored_files.read_record(path, Cache) == CACHE


@pytest.mark.parametrize("wrong", [{"address": 5}, {"port": "6379"}, {"port": True}, {"is_token_lost": "no"}])
def test_a_value_of_another_type_makes_a_record_unreadable(tmp_path: Path, wrong: dict[str, object]) -> None:
    write_json(tmp_path / "cache.json", asdict(CACHE) | wrong)
    assert stored_files.read_record(tmp_path / "cache.json", Cache) is None


def redis_of(tmp_path: Path) -> Redis:
    return Redis("elasticache/c", tmp_path / "c", Ledger(tmp_path / "ledger"))


def closed_cache(tmp_path: Path) -> Redis:
    """With the configuration of a last start, which needs no server."""
    redis = redis_of(tmp_path)
    redis.create(CACHE)
    (redis.directory / "redis.conf").write_text(redis._configuration())
    return redis


def lost() -> Cache:
    return Cache(address="127.20.0.9", port=6379, auth_token=None, is_token_lost=True)


@damaged
def test_a_cache_has_its_token_from_the_configuration_of_its_last_start(tmp_path: Path, damage: Damage) -> None:
    damage(closed_cache(tmp_path).directory / "cache.json")
    anew = redis_of(tmp_path)
    anew.repair(lost)
    assert anew.cache == CACHE
    assert "cache.json" in "".join(reported_below(tmp_path))


@damaged
async def test_a_cache_that_has_lost_its_token_twice_does_not_start_open(tmp_path: Path, damage: Damage) -> None:
    before = closed_cache(tmp_path)
    damage(before.directory / "redis.conf")
    (before.directory / "cache.json").unlink()
    for _ in range(2):
        anew = redis_of(tmp_path)
        anew.repair(lost)
        with pytest.raises(CannotStart, match="its AUTH token is lost, so it stays closed; its data is kept"):
            await anew.launch()
    await anew.demand(f"{TOKEN}-2")
    assert (anew.cache.auth_token, anew.cache.is_token_lost) == (f"{TOKEN}-2", False)


def test_the_beginning_of_a_configuration_is_not_an_open_one(tmp_path: Path) -> None:
    text = (closed_cache(tmp_path).directory / "redis.conf").read_text()
    for length in range(len(text)):
        (tmp_path / "c" / "redis.conf").write_text(text[:length])
        assert redis_of(tmp_path)._configured() is None, text[:length]


async def test_a_cache_does_not_begin_empty_over_its_data(tmp_path: Path) -> None:
    redis = closed_cache(tmp_path)
    (redis.data / "appendonly.aof.1.incr.aof").write_text("data")
    with pytest.raises(
        CannotStart, match=r"appendonly\.aof\.manifest: was lost. It should list the data files beside it"
    ):
        await redis.launch()


def postgres_of(tmp_path: Path) -> Postgres:
    return Postgres("rds/d", tmp_path / "d", Ledger(tmp_path / "ledger"))


@damaged
def test_a_cluster_is_somebodys_data_without_its_record_too(tmp_path: Path, damage: Damage) -> None:
    (tmp_path / "d" / "data").mkdir(parents=True)
    path = tmp_path / "d" / "instance.json"
    write_json(path, asdict(INSTANCE))
    damage(path)
    postgres = postgres_of(tmp_path)
    assert postgres.is_created()
    postgres.repair(lambda: INSTANCE)
    assert postgres.instance == INSTANCE
    [reported] = reported_below(tmp_path)
    assert "recreated from its record" in reported
    begin(tmp_path)
    postgres_of(tmp_path).repair(lambda: INSTANCE)
    assert reported_below(tmp_path) == []


def test_a_cluster_that_was_never_finished_is_none(tmp_path: Path) -> None:
    (tmp_path / "d" / "data").mkdir(parents=True)
    (tmp_path / "d" / "unfinished").touch()
    assert not postgres_of(tmp_path).is_created()


@damaged
def test_a_lost_password_of_the_superuser_is_replaced(tmp_path: Path, damage: Damage) -> None:
    password = superuser.new()
    superuser.keep(tmp_path, password)
    assert superuser.kept(tmp_path) == password
    damage(tmp_path / superuser.NAME)
    assert superuser.kept(tmp_path) is None
    superuser.copy(tmp_path, tmp_path)


@damaged
def test_endpoints_that_cannot_be_read_are_reported_and_assigned_again(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "rds-endpoints.json"
    write_json(path, {"d": "127.20.0.8"})
    damage(path)
    was_there, is_empty = path.exists(), path.is_file() and path.read_text(errors="replace") == "{}"
    endpoints = Endpoints(path, Addresses(tmp_path))
    endpoints.load()
    assert bool(reported_below(tmp_path)) == (was_there and not is_empty)
    assert endpoints.adopt("d", "127.20.0.8") == "127.20.0.8"


@damaged
def test_a_certificate_that_cannot_be_read_is_recreated(tmp_path: Path, damage: Damage) -> None:
    certificates = LocalCertificates(tmp_path / "certificates")
    before = certificates.pair(["a.example"])
    assert certificates.pair(["a.example"]) == before
    [path] = (tmp_path / "certificates").iterdir()
    damage(path)
    after = certificates.pair(["a.example"])
    assert after != before
    assert certificates.pair(["a.example"]) == after


@present
def test_a_ledger_that_cannot_be_read_names_no_process(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "processes-1.jsonl"
    path.write_text('{"start": 1, "created": 5.0, "name": "x"}\n[]\n{"start": "1"}\nnull\n{"end": []}\n')
    assert Ledger(path).running() == {1: Entry(start=1, created=5.0, name="x")}
    damage(path)
    assert Ledger(path).running().keys() <= {1}
    Ledger(path).remove()
    assert not path.exists()


@damaged
def test_a_body_that_is_not_what_was_stored_is_not_given_out(tmp_path: Path, damage: Damage) -> None:
    store = BodyStore(tmp_path / "bodies")
    path = tmp_path / "bodies" / store.keep(b"a body").digest
    damage(path)
    read = BodyStore(tmp_path / "bodies").get(path.name)
    with pytest.raises(AwsError, match="this object's content is"):
        read.read()
    assert "this object's content is" in "".join(reported_below(tmp_path))
    assert BodyStore(tmp_path / "bodies").keep(b"a body").read() == b"a body"


def test_what_is_written_takes_the_place_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file" / "inside").mkdir(parents=True)
    write_atomically(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    assert (tmp_path / "file.set-aside" / "inside").is_dir()


def test_a_file_in_the_place_of_a_directory_moves_out_of_the_way(tmp_path: Path) -> None:
    (tmp_path / "rds").write_text("x")
    assert stored_files.directory(tmp_path / "rds").is_dir()
    assert (tmp_path / "rds.set-aside").read_text() == "x"
