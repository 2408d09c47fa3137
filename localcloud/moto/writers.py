"""The versions that wrote a file of moto's state, and what the health report says after another version has read it."""

import importlib.metadata
import platform
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from localcloud.machine.set_aside import SUFFIX as SET_ASIDE
from localcloud.machine.set_aside import copy_aside, report
from localcloud.moto.carry_over import Losses

Writer = Mapping[str, object]
"""The versions in the first line of a file."""

NEEDED = "needed"
"""Part of the name of an original file that contains something not stored elsewhere."""


@cache
def this_writer() -> Writer:
    return {
        "format": 1,
        "moto": importlib.metadata.version("moto"),
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def called(writer: Writer) -> str:
    return f"moto {writer['moto']} with Python {writer['python']}"


def originals(path: Path) -> list[Path]:
    """Return the originals of a file that contain what could not be carried over."""
    return sorted(path.parent.glob(f"{path.name}{SET_ASIDE}-{NEEDED}-*"))


class CarriedOver:
    """The files of one start that other versions wrote; the original of each is kept."""

    def __init__(self) -> None:
        self.services: set[str] = set()
        self._whole: dict[str, list[Path]] = defaultdict(list)

    def add(self, path: Path, writer: Writer, losses: Losses) -> None:
        self.services.add(path.name.split(".")[0])
        label = called(writer).replace(" with ", " ").replace(" ", "-").lower()
        kept = copy_aside(path, f"{NEEDED}-{label}" if losses.is_data else label)
        if losses.is_data:
            report(kept, f"{_but(writer, path)}; {losses}")
        else:
            self._whole[called(writer)].append(kept)
            if unknown := str(losses):
                report(path, f"carried over from {called(writer)}, every entry, except {unknown}")

    def report(self) -> None:
        """Report what was carried over completely; its originals may be deleted."""
        for writer, kept in self._whole.items():
            names = ", ".join(path.name.split(".")[0] for path in kept)
            report(kept[0].parent, f"carried over from {writer}, every entry: {names}; the originals are {SET_ASIDE}-*")


def _but(writer: Writer, path: Path) -> str:
    return (
        f"the original of {path.name}, which {called(writer)} wrote: {called(this_writer())} cannot read a part of "
        "it, and serves all the rest. Nothing that it describes is deleted while this file exists. To use that part, "
        f"install the former versions and put this file in the place of {path.name} and {path.name}.copy"
    )
