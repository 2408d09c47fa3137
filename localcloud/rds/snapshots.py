"""Final snapshots: the data directory of a deleted instance, kept as it is."""

from collections.abc import Mapping
from pathlib import Path

from localcloud.server_directories import clear_orphans, remove_directory


class Snapshots:
    """One directory below `directory` for each snapshot."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def complete(self, taken: Mapping[str, Path]) -> None:
        """Finish what a crash interrupted. `taken`: every snapshot's identifier -> directory of its instance."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        for identifier, instance in taken.items():
            if instance.exists() and not self._place(identifier).exists():
                self.keep(identifier, instance)
        clear_orphans(self._directory, taken.keys())

    def keep(self, identifier: str, instance: Path) -> None:
        """Make the directory of an instance that is no more the snapshot's."""
        instance.rename(self._place(identifier))

    def remove(self, identifier: str) -> None:
        remove_directory(self._place(identifier))

    def _place(self, identifier: str) -> Path:
        return self._directory / identifier
