"""States of moto on disk, whatever this program's modules were called when they were written."""

import pickle
from pathlib import Path

from localcloud.moto import pickles
from localcloud.moto.bodies import BodyStore
from localcloud.moto.pickles import StateUnpickler


def test_a_state_that_names_a_module_by_its_former_name_is_read(tmp_path: Path) -> None:
    assert len(pickles.__name__) == len(pickles.FORMER_NAMES[0])  # a pickle holds the length before the name
    reference = pickle.dumps(pickles._backend)
    former = reference.replace(pickles.__name__.encode(), pickles.FORMER_NAMES[0].encode())
    assert former != reference
    backend = object()
    assert StateUnpickler(former, backend, BodyStore(tmp_path)).load() is backend  # type: ignore[arg-type]
