"""Objects without a class are removed from a backend and reported; the rest stays unchanged."""

import io
from collections import OrderedDict, defaultdict
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from localcloud.moto import carry_over
from localcloud.moto.bodies import BodyStore
from localcloud.moto.carry_over import Losses, TolerantUnpickler, settle
from localcloud.moto.pickles import StatePickler


class Kept:
    def __init__(self) -> None:
        self.of = "kept"


class Lost:
    """The tests delete this class from the module, after writing."""


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Table(dict[str, object]):
    """A dict of moto's, as far as its module's name says."""


@pytest.fixture
def reread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the function that writes attributes, and reads them when the names in `gone` exist no more."""
    monkeypatch.setattr(carry_over, "OURS", (__name__,))

    def reread(
        attributes: dict[str, Any], gone: str, fresh: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], str]:
        file, bodies = io.BytesIO(), BodyStore(tmp_path)
        StatePickler(file, {}, bodies).dump(attributes)
        data, losses = file.getvalue(), Losses()
        if gone:
            assert gone.encode() in data
            data = data.replace(gone.encode(), b"X" * len(gone))
        read = TolerantUnpickler(data, lambda *_: None, bodies).load()
        return settle(Kept, read, fresh or {}, losses), str(losses)

    return reread


def test_entries_whose_class_is_gone_are_dropped_from_every_container(reread: Any) -> None:
    lost, kept = Lost(), Kept()
    found, losses = reread(
        {
            "by_name": {"a": lost, "b": kept, "c": (1, lost)},
            "ordered": OrderedDict(a=lost, b=1),
            "listed": [lost, 1, [lost]],
            "unique": {1, lost},
            "alone": lost,
        },
        "Lost",
        {"alone": "fresh"},
    )
    assert found["by_name"].keys() == {"b"}
    assert found["by_name"]["b"].of == "kept"
    assert found["ordered"] == OrderedDict(b=1)
    assert found["listed"] == [1, []]
    assert found["unique"] == {1}
    assert found["alone"] == "fresh"
    assert f"a ({__name__}.XXXX)" in losses
    assert f"alone ({__name__}.XXXX)" in losses


def test_a_shared_object_stays_one(reread: Any) -> None:
    kept = Kept()
    found, losses = reread({"a": {"k": kept}, "b": [kept], "self": {}}, "")
    assert found["a"]["k"] is found["b"][0]
    assert losses == ""


def test_a_member_that_an_enumeration_no_longer_has_is_dropped(reread: Any) -> None:
    found, losses = reread({"colours": {"a": Colour.RED, "b": Colour.GREEN}}, "green")
    assert found["colours"] == {"a": Colour.RED}
    assert "Colour('XXXXX')" in losses


def test_a_dict_takes_the_class_and_the_factory_that_it_has_today(reread: Any) -> None:
    fresh = {"table": Table(), "counts": defaultdict(list)}
    found, losses = reread({"table": {"a": 1}, "counts": {"b": [2]}}, "", fresh)
    assert (type(found["table"]), found["table"]) == (Table, {"a": 1})
    assert (found["counts"], found["counts"]["new"]) == ({"b": [2], "new": []}, [])
    assert losses == ""


def test_an_attribute_of_a_version_that_is_gone_goes_without_the_object(reread: Any) -> None:
    kept = Kept()
    kept.of = Lost()  # type: ignore[assignment]
    found, losses = reread({"k": kept}, "Lost")
    assert found["k"].of == "kept"
    assert losses == f"their class no longer exists: of ({__name__}.XXXX)"


def test_losses_name_only_the_first_few() -> None:
    losses = Losses()
    assert not losses.is_data
    losses.note(Kept, unknown=["a"], unread=[])
    assert not losses.is_data
    for number in range(carry_over.SHOWN + 2):
        losses.drop(str(number), carry_over.Gone())
    assert losses.is_data
    assert " and 2 more; new, without a value: Kept.a" in str(losses)


def test_an_attribute_of_the_backend_that_no_code_reads_is_data() -> None:
    losses, name = Losses(), "moved" + "_away"  # in two parts, as the name must not stand in code
    assert settle(Losses, {name: {"a": 1}}, {"new": 2}, losses) == {"new": 2, name: {"a": 1}}
    assert losses.is_data
    assert str(losses) == f"no longer used: Losses.{name}"
