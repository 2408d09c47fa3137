"""Recovery from what a crash leaves half done in the directories of instances."""

import json
from pathlib import Path

import pytest

from localcloud.machine.addresses import Addresses
from localcloud.rds.operations import leftovers
from localcloud.rds.server.endpoints import Endpoints
from localcloud.rds.server.restoration import Restoration


@pytest.fixture
def restoration(tmp_path: Path) -> Restoration:
    """The restoration of an instance that is already unpacked."""
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "base.tar.gz").write_text("packed")
    (tmp_path / "superuser").write_text("secret")
    place = tmp_path / "rds" / "restored"
    place.mkdir(parents=True)
    (place / "instance.json").write_text(json.dumps({"resource_id": "db-1"}))
    prepared = Restoration(place)
    prepared.prepare(tmp_path / "backup", tmp_path / "superuser", [], None)
    return prepared


def test_what_a_whole_instance_was_restored_from_does_not_outlive_a_crash(restoration: Restoration) -> None:
    # `finish` was interrupted between its two steps.
    (restoration.directory.parent / "restore.json").unlink()
    for _ in range(2):
        leftovers.finish_restorations(restoration.directory.parents[1])
        assert not restoration.directory.exists()


def test_what_a_pending_restoration_needs_stays(restoration: Restoration) -> None:
    leftovers.finish_restorations(restoration.directory.parents[1])
    assert restoration.is_pending()
    assert (restoration.backup / "base.tar.gz").read_text() == "packed"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_an_instance_whose_record_cannot_be_read_keeps_no_other_waiting(restoration: Restoration, text: str) -> None:
    broken = restoration.directory.parents[1] / "broken"
    broken.mkdir()
    (broken / "instance.json").write_text(text)
    (restoration.directory.parent / "restore.json").unlink()
    leftovers.finish_restorations(restoration.directory.parents[1])
    assert not restoration.directory.exists()
    assert broken.exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_known_endpoints_that_cannot_be_read_are_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rds-endpoints.json"
    path.write_text(text)
    Endpoints(path, Addresses(tmp_path)).load()
    assert (tmp_path / "rds-endpoints.json.set-aside").read_text() == text
