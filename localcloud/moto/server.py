"""moto inside this process: one worker thread serves every AWS service that is not ours; its state is on disk."""

import asyncio
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeVar, cast

from localcloud.errors import AwsError, not_offered
from localcloud.moto import malformed, patches, tables
from localcloud.moto.failures import Failures
from localcloud.moto.mistakes import reworded
from localcloud.moto.pickles import BackendKey
from localcloud.moto.state import MotoState
from localcloud.protocol.json_nesting import refuse_deep_json
from localcloud.protocol.wire import AwsRequest, AwsResponse

T = TypeVar("T")

WRITES_FIRST = ("cloudformation",)
"""Services that moto may have changed before it refuses a request."""
SAVE_AGAIN_S = 1.0
NOT_OFFERED = 501
SHOWN = 300
"""How many bytes of moto's response are shown to the client."""

READ_ONLY = re.compile(r"(Describe|List|Get|Head|Search|Filter|BatchGet|Lookup)(?=[A-Z])")


@dataclass(frozen=True)
class Change:
    """The effect of one request. `owned`: backends it may have changed; `keys`: those, plus new ones that it found."""

    number: int
    owned: frozenset[BackendKey]
    keys: frozenset[BackendKey]


NOTHING = Change(0, frozenset(), frozenset())


class MotoServer:
    """moto's WSGI application, called one request at a time: moto's state has no locks of its own.

    A change is on disk before the client receives the response. Requests that are waiting for the thread share one
    save. A change that cannot be saved at all is undone and refused, so that it does not block other requests.
    """

    def __init__(self, directory: Path, account_id: str | None = None) -> None:
        self._directory = directory
        self._account_id = account_id
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="moto")
        self._application: Callable[..., Iterable[bytes]] | None = None
        self._state = MotoState(directory)
        # Written in moto's thread only.
        self._unsaved: set[BackendKey] = set()
        """Changes that are only in memory because the disk is full."""
        self._pending: list[Change] = []
        self._failures: dict[str, Exception] = {}
        self._cannot_be_kept: dict[str, str] = {}
        self._undone: dict[int, str] = {}
        self._changes = 0
        self._versions: Counter[str] = Counter()
        self._saved_changes = 0
        self._saving_again: asyncio.Task[None] | None = None
        self._unexpected = Failures()

    async def start(self) -> None:
        """Import moto (takes 1 s when the saved state includes EC2) and load the saved state. Errors: CannotStart."""
        await self.run(self._load)

    async def stop(self) -> None:
        """Finish the current request, then stop."""
        if self._saving_again is not None:
            self._saving_again.cancel()
            await asyncio.gather(self._saving_again, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown)

    def status(self) -> dict[str, object]:
        ready = self._application is not None and not self._failures
        failures = {service: _described(error) for service, error in self._failures.items()}
        reported: dict[str, object] = {"status": "ready" if ready else "failed", "failures": failures}
        more = {"cannot_be_kept": self._cannot_be_kept, "unexpected_failures": self._unexpected.report()}
        return reported | {name: found for name, found in more.items() if found}

    def new_body_file(self) -> BinaryIO:
        """Create a file for a body too large for memory; it disappears when closed. Errors: OSError."""
        return cast(BinaryIO, TemporaryFile(dir=self._directory))

    def version_of(self, service: str) -> int:
        """Return a number that grows when a service's state may have changed. `service`: the name of moto's package."""
        return self._versions[service]

    async def run(self, function: Callable[[], T]) -> T:
        """Call `function` in moto's thread, where moto's backends may be used."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)

    async def change(self, function: Callable[[], T]) -> T:
        """Like `run`, for a function that changes backends: on return the change is on disk."""

        def noted() -> tuple[T, Change]:
            self._state.take_touched()
            result = function()
            return result, self._note(self._state.take_touched())

        result, change = await self.run(noted)
        await self._saved(change, "this change")
        return result

    async def request(self, request: AwsRequest) -> AwsResponse:
        """Handle one request. Errors: AwsError when its changes are not saved (500) or cannot be saved (501)."""
        response, change = await self.run(lambda: self._call_and_note(request))
        await self._saved(change, request.operation or f"{request.method} {request.path}")
        return response

    async def _saved(self, change: Change, what: str) -> None:
        # A save requested by another request also covers this change if it began later.
        if change.number > self._saved_changes:
            await self.run(lambda: self._save(change.number))
        if self._has_no_room() and (self._saving_again is None or self._saving_again.done()):
            self._saving_again = asyncio.create_task(self._save_again(), name="save moto's state again")
        if why := self._undone.pop(change.number, None):
            raise AwsError("InvalidAction", f"{what}: the local cloud cannot store the result: {why}", 501)
        for service in {key[0] for key in change.owned} & self._failures.keys():
            why = _described(self._failures[service])
            raise AwsError("InternalFailure", f"the state of {service} is not saved: {why}", 500)

    async def _save_again(self) -> None:
        """Retry until a full disk has room: changes that are only in memory would be lost with this process."""
        while self._has_no_room():
            await asyncio.sleep(SAVE_AGAIN_S)
            await self.run(self._save_unsaved)

    def _has_no_room(self) -> bool:
        return any(isinstance(error, OSError) for error in self._failures.values())

    def _load(self) -> None:
        if self._account_id is not None:
            os.environ["MOTO_ACCOUNT_ID"] = self._account_id
        tables.read_late()
        refuse_deep_json()
        from localcloud.moto.dispatch import application

        self._state.load()
        patches.patch_loaded()
        self._application = application()

    def _call_and_note(self, request: AwsRequest) -> tuple[AwsResponse, Change]:
        self._state.take_touched()
        try:
            response = self._call(request)
        except AwsError:
            self._take_back(self._state.take_touched())
            raise
        touched = self._state.take_touched()
        if response.status >= 400 and request.service in WRITES_FIRST and not is_read_only(request):
            self._take_back(touched)
        return response, self._note(touched if response.status < 400 and not is_read_only(request) else set())

    def _note(self, touched: set[BackendKey]) -> Change:
        keys = touched | self._state.new_backends()
        if not keys:
            return NOTHING
        self._versions.update({key[0] for key in keys})
        self._changes += 1
        change = Change(self._changes, frozenset(touched), frozenset(keys))
        self._pending.append(change)
        return change

    def _take_back(self, touched: set[BackendKey]) -> None:
        """Undo what a failed request has changed, except in backends with unsaved changes of other requests."""
        self._versions.update({key[0] for key in touched})
        self._state.restore_changed(touched - self._unsaved.union(*(change.keys for change in self._pending)))

    def _save(self, number: int) -> None:
        if number <= self._saved_changes:
            return
        latest, pending, self._pending = self._changes, self._pending, []
        changed_keys = self._unsaved.union(*(change.keys for change in pending))
        pickles, broken = self._state.pickle(changed_keys)
        no_room = {key: error for key, error in broken.items() if isinstance(error, OSError)}
        self._undo(pending, {key: error for key, error in broken.items() if key not in no_room}, pickles)
        failures: dict[str, Exception] = {key[0]: error for key, error in no_room.items()}
        failures |= self._state.save(pickles)
        services = {key[0] for key in changed_keys}
        self._failures = {service: why for service, why in self._failures.items() if service not in services} | failures
        self._unsaved = {key for key in changed_keys if key[0] in failures}
        self._saved_changes = latest

    def _undo(
        self, pending: list[Change], broken: Mapping[BackendKey, Exception], pickles: dict[BackendKey, bytes]
    ) -> None:
        """Undo the changes that cannot be saved, and no others; removes them from `pickles`."""
        if not broken:
            return
        undone = [change for change in pending if change.owned & broken.keys()]
        others = self._unsaved.union(*(change.owned for change in pending if change not in undone))
        restored = (broken.keys() | set().union(*(change.owned for change in undone))) - (others - broken.keys())
        self._state.restore(restored, broken.keys())
        self._versions.update({key[0] for key in restored})
        for key in restored:
            pickles.pop(key, None)
        for change in undone:
            self._undone[change.number] = "; ".join(
                f"{key[0]}: {_described(broken[key])}" for key in sorted(change.owned & broken.keys())
            )
        self._cannot_be_kept |= {key[0]: _described(error) for key, error in broken.items()}

    def _save_unsaved(self) -> None:
        self._changes += 1
        self._save(self._changes)

    def _call(self, request: AwsRequest) -> AwsResponse:
        assert self._application is not None, "start() comes first"  # noqa: S101
        patches.patch(request.service)
        response: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            response["status"] = int(status.split(" ", 1)[0])
            response["headers"] = dict(headers)

        try:
            chunks = self._application(wsgi_environ(request), start_response)
        except Exception as error:
            raise self._client_error(request, error) from error
        try:
            body = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        if (
            response["status"] >= 400 and body[: len(malformed.PAGE)].lower() == malformed.PAGE
        ):  # Flask's page: no route
            raise not_offered(f"{request.method} {request.path} of {request.service}")
        if response["status"] >= 500 and response["status"] != NOT_OFFERED:
            shown = body[:SHOWN].decode(errors="replace")
            raise self._client_error(
                request, malformed.FailedInMoto(f"status {response['status']}: {shown or 'no body'}")
            )
        return reworded(request, AwsResponse(response["status"], response["headers"], body))

    def _client_error(self, request: AwsRequest, error: Exception) -> AwsError:
        reported = malformed.of_moto(request, error)
        if isinstance(reported, malformed.UnexpectedFailure):
            self._unexpected.add(f"{request.service} {request.operation or request.method}", error)
        return reported


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def is_read_only(request: AwsRequest) -> bool:
    """Return whether the operation's name or else (S3, REST) the method changes nothing; False if unknown."""
    if request.operation:
        return READ_ONLY.match(request.operation) is not None
    return request.method in ("GET", "HEAD", "OPTIONS")


def wsgi_environ(request: AwsRequest) -> dict[str, object]:
    """Convert the request to a WSGI environment (PEP 3333)."""
    host, _, port = request.headers.get("host", "127.0.0.1:80").partition(":")
    length = len(request.body) if request.body_file is None else request.body_file.seek(0, io.SEEK_END)
    if request.body_file is not None:
        request.body_file.seek(0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "RAW_URI": request.path + ("?" + request.query_string if request.query_string else ""),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": request.body_file or io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(length),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        if key not in ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
            environ[key] = value
    return environ
