"""States of moto on disk, whatever this program's modules were called when they were written."""

import io
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from localcloud.moto import pickles
from localcloud.moto.bodies import BodyStore
from localcloud.moto.pickles import StatePickler, StateUnpickler
from localcloud.rds.server.database import Status


def test_a_state_that_names_a_module_by_its_former_name_is_read(tmp_path: Path) -> None:
    former = b"\x80\x05clocalcloud.moto_pickles\n_backend\n."
    backend = object()
    assert StateUnpickler(former, backend, BodyStore(tmp_path)).load() is backend  # type: ignore[arg-type]


def test_the_status_of_a_database_that_an_earlier_version_stored_is_read(tmp_path: Path) -> None:
    former = b"\x80\x05clocalcloud.rds.database\nStatus\n(S'available'\ntR."
    assert StateUnpickler(former, lambda *_: None, BodyStore(tmp_path)).load() is Status.AVAILABLE  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("module", sorted(set(pickles.FORMER_MODULES.values())))
def test_a_module_that_was_renamed_exists_by_its_current_name(module: str) -> None:
    assert find_spec(module) is not None


def test_a_dict_whose_values_a_function_makes_is_written_without_its_code(tmp_path: Path) -> None:
    made: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    made["a"]["b"].append(1)
    bodies, written = BodyStore(tmp_path), []
    for _ in range(2):
        file = io.BytesIO()
        StatePickler(file, {}, bodies).dump({"made": made})
        written.append(file.getvalue())
        made = StateUnpickler(written[-1], lambda *_: None, bodies).load()["made"]  # type: ignore[arg-type, return-value]
    assert b"cloudpickle" not in written[0]
    assert written[0] == written[1]
    assert made == {"a": {"b": [1]}}
    made["c"]["d"].append(2)
    assert made["e"] == {}
    assert made["c"] == {"d": [2]}
