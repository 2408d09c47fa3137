"""moto's state on disk: one file for each service, whole or not there. Call everything here inside moto's thread."""

import hashlib
import importlib
import importlib.metadata
import io
import json
import logging
import pickle
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from localcloud.errors import CannotStart
from localcloud.files import write_atomically
from localcloud.moto_bodies import BodyStore
from localcloud.moto_pickles import BackendKey, StatePickler, StateUnpickler

log = logging.getLogger(__name__)

SUFFIX = ".state"
TOUCHED: set[str] = set()
"""Global, as moto's backends are."""

NOT_KEPT = {"moto_api", "instance_metadata"}


class MotoState:
    """`load` once, `take_touched` around each request, `save` what changed.

    A file is one line of JSON (versions, digest) and a pickle of `{(account, region): attributes of the backend}`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._bodies = BodyStore(directory / "s3-bodies")
        self._known: set[BackendKey] = set()
        self._digests: dict[str, str] = {}

    def load(self) -> None:
        """Make moto's state what the files say, and nothing else. Errors: CannotStart, naming the file."""
        from moto.core.base_backend import BackendDict

        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        BackendDict.reset()
        _watch_access()
        paths = sorted(self._directory.glob(f"*{SUFFIX}"))
        contents = {path.name.removesuffix(SUFFIX): self._read(path) for path in paths}
        filled: set[BackendKey] = set()
        for service, data in contents.items():
            path = self._path(service)
            try:
                backends = StateUnpickler(data, _blank_backend, self._bodies).load()
            # What a pickle raises depends on what it holds; each means that this file is of no use.
            except Exception as error:
                raise _unusable(path, f"it cannot be read: {type(error).__name__}: {error}") from error
            for (account_id, region), attributes in backends.items():
                _blank_backend(service, account_id, region).__dict__ = attributes
                filled.add((service, account_id, region))
        for key, backend in list(_backends()):
            if key not in filled:  # known to another service, never saved itself: as new
                backend.__init__(key[2], key[1])
        self._bodies.drop_unreferenced()
        self._known = filled
        TOUCHED.clear()

    def take_touched(self) -> set[str]:
        """Services whose backends were asked for since the last call."""
        touched = set(TOUCHED)
        TOUCHED.clear()
        return touched

    def new_services(self) -> set[str]:
        """Services with backends that were never saved: even a question can make one, and fix its random ids."""
        return {key[0] for key, _ in _backends() if key not in self._known}

    def save(self, services: Iterable[str]) -> dict[str, str]:
        """Write the services' files; -> service: why it could not be saved."""
        backends = list(_backends())
        keys = {id(backend): key for key, backend in backends}
        failures: dict[str, str] = {}
        for service in sorted(set(services) - NOT_KEPT):
            own = {key[1:]: backend.__dict__ for key, backend in backends if key[0] == service}
            file = io.BytesIO()
            try:
                StatePickler(file, keys, self._bodies).dump(own)
                self._write(service, file.getvalue())
            except (pickle.PicklingError, TypeError, AttributeError, RecursionError, OSError) as error:
                log.exception("State is not saved", extra={"action": "state_not_saved", "service": service})
                failures[service] = f"{type(error).__name__}: {error}"
        self._known |= {key for key, _ in backends if key[0] in services}
        return failures

    def _write(self, service: str, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        if self._digests.get(service) != digest:
            header = json.dumps({**_versions(), "sha256": digest}).encode()
            write_atomically(self._path(service), header + b"\n" + data)
            self._digests[service] = digest

    def _read(self, path: Path) -> bytes:
        line, _, data = path.read_bytes().partition(b"\n")
        try:
            header = json.loads(line)
        except ValueError as error:
            raise _unusable(path, "its first line is not JSON") from error
        found = {name: header.get(name) for name in _versions()}
        if found != _versions():
            raise _unusable(path, f"it was written by {found}, this is {_versions()}")
        if header.get("sha256") != hashlib.sha256(data).hexdigest():
            raise _unusable(path, "its content is not what was written")
        return data

    def _path(self, service: str) -> Path:
        return self._directory / f"{service}{SUFFIX}"


def _watch_access() -> None:
    """Note each service whose backends are asked for: the only sign of whose state a request may change.

    The service's name in the request does not tell: "elasticloadbalancing" is elb or elbv2, and a new DB instance
    changes ec2 too.
    """
    from moto.core.base_backend import BackendDict

    watched: Any = BackendDict
    if hasattr(watched, "unwatched_getitem"):
        return
    watched.unwatched_getitem = BackendDict.__getitem__

    def getitem(self: Any, account_id: str) -> Any:
        TOUCHED.add(_service(self))
        return self.unwatched_getitem(account_id)

    watched.__getitem__ = getitem


def _backends() -> Iterator[tuple[BackendKey, Any]]:
    from moto.core.base_backend import BackendDict

    registered: Any = BackendDict
    for backends in registered._instances:
        for account_id, region, backend in backends.iter_backends():
            yield (_service(backends), account_id, region), backend


def _service(backends: Any) -> str:
    name: str = backends.backend.__module__.split(".")[1]  # "moto.rds.models"
    return name


def _blank_backend(service: str, account_id: str, region: str) -> Any:
    """The backend of this key, empty when it is not there yet: its attributes come from its own file."""
    from moto.core.base_backend import BackendDict

    module = importlib.import_module(f"moto.{service}.models")
    backends: Any = next(
        value for value in vars(module).values() if isinstance(value, BackendDict) and _service(value) == service
    )
    regions = backends[account_id]
    if region not in regions.keys():  # noqa: SIM118 - `in` answers for regions that could be made, too
        dict.__setitem__(regions, region, object.__new__(backends.backend))
    return dict.__getitem__(regions, region)


def _versions() -> dict[str, object]:
    return {
        "format": 1,
        "moto": importlib.metadata.version("moto"),
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def _unusable(path: Path, reason: str) -> CannotStart:
    return CannotStart(
        f"{path}: {reason}. To go on with empty services: `spendsense down --delete-data`, then `spendsense up`; "
        "to keep the data, set the same versions up again"
    )
