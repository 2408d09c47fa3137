"""moto's state on disk: one file per service, complete or absent. Call everything here in moto's thread."""

import hashlib
import importlib
import io
import json
import logging
import pickle
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from localcloud.machine import stored_files
from localcloud.machine.files import write_atomically
from localcloud.machine.set_aside import keep_undescribed, report, set_aside
from localcloud.moto.bodies import BodyStore
from localcloud.moto.carry_over import Losses, TolerantUnpickler, settle
from localcloud.moto.pickles import BackendKey, StatePickler, StateUnpickler
from localcloud.moto.writers import CarriedOver, Writer, called, originals, this_writer

log = logging.getLogger(__name__)

SUFFIX = ".state"
COPY = ".copy"
"""Suffix of a second file with the same content."""
OF_OLD = ".before"
"""Suffix of the file that earlier versions kept instead."""
TOUCHED: set[BackendKey] = set()
"""Backends used since the last call of `take_touched`. Global, as moto's backends are."""

KEPT_WITH = {
    "elasticache": ("elasticache", "elasticache-snapshots"),
    "rds": ("rds", "rds-snapshots", "rds-backups", "rds-endpoints.json", "regions"),
    "s3": ("moto/s3-bodies",),
}
"""Service -> paths in the data directory that belong to its servers or objects."""
NOT_KEPT = {"moto_api", "instance_metadata"}


class MotoState:
    """Saves and restores moto's backends.

    Call `load` once, `take_touched` around each request, `pickle` for what changed, then `save` to keep it or `restore`
    to undo it. A file is one line of JSON (versions, digest) and a pickle of `{(account, region): pickle of the
    attributes}`, so a backend that was not touched is not pickled again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._bodies = BodyStore(directory / "s3-bodies")
        self._pickles: dict[BackendKey, bytes] = {}
        self._never_kept: set[BackendKey] = set()

    def load(self) -> None:
        """Replace moto's state with the files' content; a damaged file is set aside.

        Its copy replaces it, so that nothing is lost. Without either, the service starts empty.
        """
        from moto.core.base_backend import BackendDict

        stored_files.directory(self._directory)
        BackendDict.reset()
        _watch_access()
        names = {path.name.removesuffix(COPY) for path in self._directory.glob(f"*{SUFFIX}*")}
        services = {name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)} | KEPT_WITH.keys()
        carried_over = CarriedOver()
        for service in sorted(services):
            if self._is_read(self._path(service), carried_over) or self._is_read_from_copy(service, carried_over):
                self._copy(service)
            else:
                self._set_data_aside(service)
            self._keep_undescribed(service)
            stored_files.remove(self._path(service, OF_OLD))
        for key, backend in list(_backends()):
            if key not in self._pickles:  # Another service refers to it, but it was never saved: reset it.
                _start_empty(backend, key)
        if not originals(self._path("s3")):
            self._bodies.drop_unreferenced()
        self._rewrite(carried_over)
        TOUCHED.clear()

    def _is_read(self, path: Path, carried_over: CarriedOver) -> bool:
        """Load a file's backends; set the file aside when it cannot be read."""
        service = path.name.removesuffix(SUFFIX)
        if not path.exists():
            return False
        written_by = ""
        try:
            content, writer = self._read(path)
            written_by = f"; {called(writer)} wrote it"
            pickles = {(service, *key): data for key, data in pickle.loads(content).items()}  # noqa: S301 - our own
            if writer != this_writer() or not self._is_read_as_it_is(pickles):
                losses = Losses()
                for key, data in pickles.items():
                    self._carry_over(key, data, losses)
                carried_over.add(path, writer, losses)
        # Unpickling can raise anything, depending on the content; in each case the file is unusable.
        except Exception as error:  # noqa: BLE001
            set_aside(path, f"cannot be read: {type(error).__name__}: {error}{written_by}")
            return False
        self._pickles |= pickles
        return True

    def _is_read_as_it_is(self, pickles: Mapping[BackendKey, bytes]) -> bool:
        """Load backends as this version wrote them; False when one of our classes no longer exists."""
        try:
            for key, data in pickles.items():
                self._read_backend(key, data)
        except (ImportError, AttributeError):
            log.exception(
                "The state refers to a class that no longer exists", extra={"action": "state_of_earlier_code"}
            )
            return False
        return True

    def _rewrite(self, carried_over: CarriedOver) -> None:
        """Write the carried-over backends in this version's form, so that an undo can read them."""
        if carried_over.services:
            pickles, _ = self.pickle({key for key in self._pickles if key[0] in carried_over.services})
            self.save(pickles)
        carried_over.report()

    def _keep_undescribed(self, service: str) -> None:
        """Keep files without a record, as their records may be among the data that could not be carried over."""
        if originals(self._path(service)):
            for name in KEPT_WITH.get(service, ()):
                keep_undescribed(self._directory.parent / name)

    def _is_read_from_copy(self, service: str, carried_over: CarriedOver) -> bool:
        """Replace a missing or unreadable file with its copy."""
        path, copy = self._path(service), self._path(service, COPY)
        if not copy.exists():
            return False
        copy.rename(path)
        if not self._is_read(path, carried_over):
            return False
        report(path, "was lost: restored from its copy")
        return True

    def _copy(self, service: str) -> None:
        """Recreate the copy of a file if it is missing or differs. If the disk is full, the next save does it."""
        copy, content = self._path(service, COPY), self._path(service).read_bytes()
        try:
            if not copy.is_file() or copy.read_bytes() != content:
                write_atomically(copy, content)
        except OSError:
            log.exception("State is not copied", extra={"action": "state_not_copied", "service": service})

    def _set_data_aside(self, service: str) -> None:
        """Set aside data that only the lost records refer to, so that it is not deleted as an orphan."""
        for name in KEPT_WITH.get(service, ()):
            path = self._directory.parent / name
            if path.is_file() or (path.is_dir() and any(path.iterdir())):
                set_aside(path, f"{service}{SUFFIX}, which describes it, is missing or unreadable")

    def take_touched(self) -> set[BackendKey]:
        """Return the backends used since the last call."""
        touched = set(TOUCHED)
        TOUCHED.clear()
        return touched

    def new_backends(self) -> set[BackendKey]:
        """Return the backends that were never saved: even a read can create one, with random ids that must persist."""
        known = self._pickles.keys() | self._never_kept
        return {key for key, _ in _backends() if key not in known and key[0] not in NOT_KEPT}

    def pickle(self, changed: AbstractSet[BackendKey]) -> tuple[dict[BackendKey, bytes], dict[BackendKey, Exception]]:
        """Return the backends' bytes, and the errors of the others: also OSError, because S3 bodies are written."""
        backends = dict(_backends())
        keys = {id(backend): key for key, backend in backends.items()}
        pickles: dict[BackendKey, bytes] = {}
        failures: dict[BackendKey, Exception] = {}
        for key in sorted(changed):
            if key[0] in NOT_KEPT or key not in backends:
                continue
            try:
                pickles[key] = self._pickled(backends[key].__dict__, keys)
            # The causes depend on the backend's content: threads, sockets, clients of other programs.
            except Exception as error:
                log.exception("State is not saved", extra={"action": "state_not_saved", "service": key[0]})
                failures[key] = error
        return pickles, failures

    def restore(self, keys: AbstractSet[BackendKey], cannot_be_kept: AbstractSet[BackendKey]) -> None:
        """Restore these backends as last saved; those that were never saved are reset."""
        backends = dict(_backends())
        for key in keys:
            if key in self._pickles:
                self._read_backend(key, self._pickles[key])
            elif key in backends:
                _start_empty(backends[key], key)
        self._never_kept |= cannot_be_kept - self._pickles.keys()

    def restore_changed(self, keys: AbstractSet[BackendKey]) -> None:
        """Restore only those that differ from what was saved."""
        pickles, broken = self.pickle(keys)
        changed = {key for key, data in pickles.items() if data != self._pickles.get(key)}
        self.restore(broken.keys() | changed, broken.keys())

    def save(self, pickles: Mapping[BackendKey, bytes]) -> dict[str, OSError]:
        """Write the files of these services -> service: error for each file that could not be written."""
        self._pickles.update(pickles)
        self._never_kept -= pickles.keys()
        failures: dict[str, OSError] = {}
        for service in sorted({key[0] for key in pickles}):
            own = {key[1:]: data for key, data in self._pickles.items() if key[0] == service}
            try:
                self._write(service, pickle.dumps(own))
            except OSError as error:
                log.exception("State is not saved", extra={"action": "state_not_saved", "service": service})
                failures[service] = error
        return failures

    def _read_backend(self, key: BackendKey, data: bytes) -> None:
        attributes = StateUnpickler(data, _blank_backend, self._bodies).load()
        _blank_backend(*key).__dict__ = attributes

    def _carry_over(self, key: BackendKey, data: bytes, losses: Losses) -> None:
        """Load a backend that another version wrote."""
        attributes = TolerantUnpickler(data, _blank_backend, self._bodies).load()
        backend = _blank_backend(*key)
        _start_empty(backend, key)
        backend.__dict__ = settle(type(backend), attributes, backend.__dict__, losses)

    def _pickled(self, attributes: dict[str, object], keys: dict[int, BackendKey]) -> bytes:
        file = io.BytesIO()
        StatePickler(file, keys, self._bodies).dump(attributes)
        return file.getvalue()

    def _write(self, service: str, data: bytes) -> None:
        header = json.dumps({**this_writer(), "sha256": hashlib.sha256(data).hexdigest()}).encode()
        # The copy first: if interrupted, it may contain an unacknowledged change but never lacks an acknowledged one.
        for end in (COPY, ""):
            write_atomically(self._path(service, end), header + b"\n" + data)

    def _read(self, path: Path) -> tuple[bytes, Writer]:
        """Read a file -> the pickle, and the versions that wrote it. Errors: OSError, ValueError, TypeError."""
        line, _, data = path.read_bytes().partition(b"\n")
        try:
            header = json.loads(line)
        except ValueError as error:
            raise ValueError("its first line is not JSON") from error
        if not isinstance(header, dict):
            raise TypeError("its first line was not written by the local cloud")
        found = {name: header.get(name) for name in this_writer()}
        if found["format"] != this_writer()["format"]:
            raise ValueError(f"it was written by {found}, this is {this_writer()}")
        if header.get("sha256") != hashlib.sha256(data).hexdigest():
            raise ValueError("its content is not what was written")
        return data, found

    def _path(self, service: str, end: str = "") -> Path:
        return self._directory / f"{service}{SUFFIX}{end}"


def _watch_access() -> None:
    """Record each backend that is used: the only sign of what a request may change.

    The service's name in the request is not enough: "elasticloadbalancing" is elb or elbv2, and a new DB instance
    changes ec2 too.
    """
    from moto.core.base_backend import AccountSpecificBackend

    watched: Any = AccountSpecificBackend
    if hasattr(watched, "unwatched_getitem"):
        return
    watched.unwatched_getitem = watched.__getitem__

    def getitem(self: Any, region: str) -> Any:
        backend = self.unwatched_getitem(region)
        TOUCHED.add((_service(self), self.account_id, "aws" if region == "global" else region))
        return backend

    watched.__getitem__ = getitem


def _backends() -> Iterator[tuple[BackendKey, Any]]:
    from moto.core.base_backend import BackendDict

    registered: Any = BackendDict
    for backends in registered._instances:
        for account_id, region, backend in backends.iter_backends():
            yield (_service(backends), account_id, region), backend


def _start_empty(backend: Any, key: BackendKey) -> None:
    backend.__init__(key[2], key[1])


def _service(backends: Any) -> str:
    name: str = backends.backend.__module__.split(".")[1]  # "moto.rds.models"
    return name


def _blank_backend(service: str, account_id: str, region: str) -> Any:
    """Return the backend of this key, creating it without attributes: those come from its own file."""
    from moto.core.base_backend import BackendDict

    module = importlib.import_module(f"moto.{service}.models")
    backends: Any = next(
        value for value in vars(module).values() if isinstance(value, BackendDict) and _service(value) == service
    )
    regions = backends[account_id]
    if region not in regions.keys():  # noqa: SIM118 - `in` answers for regions that could be made, too
        dict.__setitem__(regions, region, object.__new__(backends.backend))
    return dict.__getitem__(regions, region)
