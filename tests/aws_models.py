"""AWS's models, read once in a process: otherwise every session of boto3 reads those of its clients anew."""

from typing import Any

import botocore.session
from botocore.loaders import Loader, create_loader


class Paths(list[str]):
    """Search paths, to which each session adds the same one."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


def share() -> None:
    """Let all sessions made from now on use one loader, but those that are to look elsewhere."""
    shared = Loader(extra_search_paths=Paths())
    session: Any = botocore.session
    session.create_loader = lambda data_path=None: create_loader(data_path) if data_path else shared
