"""The local cloud's report of its health: failed parts, state set aside, and how tasks' memory is limited."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HEALTH_PATH = "/_localcloud/health"
HEALTH_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Health:
    """A health report. parts: what each part reports; None when there is no answer.

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
        return [f"{name} ({', '.join(_said(state))})" for name, state in known.items() if state["status"] != "ready"]

    @property
    def memory_limits(self) -> str:
        """How the tasks' memory is limited: `kernel, cgroup v1` or `v2`, or `watched` with the reason."""
        memory = (self.parts or {}).get("memory", {"enforced": "not known"})
        return f"{memory['enforced']}" + (f" ({memory['why']})" if "why" in memory else "")

    @property
    def active_faults(self) -> int | None:
        """The number of active faults (`spendsense faults`); None when the local cloud does not answer."""
        return None if self.parts is None else int(self.parts.get("faults", {}).get("active", 0))


def look(endpoint: str) -> Health:
    """Request the health report once. endpoint: the local cloud's URL."""
    try:
        with open_directly(endpoint + HEALTH_PATH, timeout=HEALTH_TIMEOUT_S) as answer:
            health: dict[str, Any] = json.load(answer)
            return Health(health["parts"], tuple(map(str, health.get("set_aside", ()))))
    except (OSError, ValueError, KeyError):
        return Health(None)


def open_directly(request: Any, *, timeout: float, data: bytes | None = None) -> Any:
    """Open a loopback URL or urllib request without any proxy, whatever the shell's variables say.

    timeout: seconds. Return a response to use in a `with`. Errors: those of `urllib.request`.
    """
    import urllib.request  # imported here because a command's --help does not need it

    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, data, timeout)


def _said(state: Mapping[str, object]) -> Iterator[str]:
    """Yield what a failed part reports, including only its failed members, each with its reason."""
    for key, value in state.items():
        if isinstance(value, dict):
            for name, member in value.items():
                if not isinstance(member, dict):
                    yield f"{name}: {member}"
                elif member.get("status") == "failed":
                    yield f"{name}: {member.get('failure', member)}"
        elif key != "status":
            yield f"{key} {value}"
