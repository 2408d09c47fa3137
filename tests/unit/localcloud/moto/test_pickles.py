"""States of moto on disk, whatever this program's modules were called when they were written."""

import io
import pickle
from collections import defaultdict
from pathlib import Path

from localcloud.moto import pickles
from localcloud.moto.bodies import BodyStore
from localcloud.moto.pickles import StatePickler, StateUnpickler


def test_a_state_that_names_a_module_by_its_former_name_is_read(tmp_path: Path) -> None:
    assert len(pickles.__name__) == len(pickles.FORMER_NAMES[0])  # a pickle holds the length before the name
    reference = pickle.dumps(pickles._backend)
    former = reference.replace(pickles.__name__.encode(), pickles.FORMER_NAMES[0].encode())
    assert former != reference
    backend = object()
    assert StateUnpickler(former, backend, BodyStore(tmp_path)).load() is backend  # type: ignore[arg-type]


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
