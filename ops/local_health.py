"""The local cloud's report of its health: failed parts, state set aside, and how tasks' memory is limited."""

import io
import json
import select
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ops.waiter import Deadline

HEALTH_PATH = "/_localcloud/health"
HEALTH_TIMEOUT_S = 20.0
ASK_S = 0.2


@dataclass(frozen=True, slots=True)
class Health:
    """A health report. parts: what each part reports; None without a response.

    set_aside: stored state that could not be read, where it is kept now, and why.
    """

    parts: Mapping[str, Mapping[str, Any]] | None
    set_aside: tuple[str, ...] = ()

    @property
    def has_answered(self) -> bool:
        return self.parts is not None

    @property
    def failed(self) -> list[str]:
        """The failed parts, with what they report."""
        known = self.parts or {}
        return [
            f"{name} ({', '.join(_reported(state))})" for name, state in known.items() if state["status"] != "ready"
        ]

    @property
    def memory_limits(self) -> str:
        """Describe how the tasks' memory is limited: by which interface of the kernel, or only watched, and why."""
        memory = (self.parts or {}).get("memory", {"enforced": "not known"})
        by, _, interface = str(memory["enforced"]).partition(", ")
        how = {"kernel": f"limited by the kernel ({interface})", "watched": "watched, not limited by the kernel"}
        return how.get(by, by) + (f" ({memory['why']})" if "why" in memory else "")

    @property
    def container_engine(self) -> str:
        """Name what runs pushed images; if it is not a container engine, say why."""
        containers = (self.parts or {}).get("containers", {"engine": "not known"})
        engine = "none: pushed images run as processes" if containers["engine"] == "none" else containers["engine"]
        return f"{engine}" + (f" ({containers['why']})" if "why" in containers else "")

    @property
    def active_faults(self) -> int | None:
        """The number of active faults (`spendsense faults`); None when the local cloud does not respond."""
        return None if self.parts is None else int(self.parts.get("faults", {}).get("active", 0))


def look(endpoint: str, should_give_up: Callable[[], bool] = lambda: False) -> Health:
    """Request the health report once. endpoint: the local cloud's URL.

    should_give_up: called while waiting; True ends the wait.
    """
    import http.client  # imported here because a command's --help does not need it

    there = urlsplit(endpoint)
    try:
        connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=HEALTH_TIMEOUT_S)
        try:
            connection.request("GET", HEALTH_PATH)
            if not _comes(connection.sock, should_give_up):
                return Health(None)
            health: dict[str, Any] = json.load(connection.getresponse())
            return Health(health["parts"], tuple(map(str, health.get("set_aside", ()))))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return Health(None)


def _comes(source: Any, should_give_up: Callable[[], bool]) -> bool:
    """Wait until a socket has something to read; False when nothing comes in time."""
    deadline = Deadline(HEALTH_TIMEOUT_S)
    while not select.select([source], [], [], min(ASK_S, deadline.remaining_s))[0]:
        if deadline.has_passed or should_give_up():
            return False
    return True


def open_directly(request: Any, *, timeout: float, data: bytes | None = None, certificate: Path | None = None) -> Any:
    """Open a loopback URL or urllib request without any proxy, whatever the shell's variables say.

    timeout: seconds. certificate: the only one to trust, for https. Return a response to use in a `with`. Errors: those
    of `urllib.request`; an HTTPError has its body in memory, so that it need not be closed.
    """
    import urllib.request  # imported here because a command's --help does not need it
    from urllib.error import HTTPError

    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if certificate is not None:
        import ssl

        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate))))
    try:
        return urllib.request.build_opener(*handlers).open(request, data, timeout)
    except HTTPError as error:
        with error:
            body = io.BytesIO(error.read())
        raise HTTPError(error.url, error.code, error.msg, error.headers, body) from None


def _reported(state: Mapping[str, object]) -> Iterator[str]:
    """Yield what a failed part reports, including only its failed members, each with its reason."""
    for key, value in state.items():
        if isinstance(value, dict):
            for name, member in value.items():
                if not isinstance(member, dict):
                    yield f"{name}: {member}"
                elif member.get("status") == "failed" or member.get("failure"):
                    yield f"{name}: {member.get('failure', member)}"
        elif key != "status":
            yield f"{key} {value}"
