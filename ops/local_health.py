"""What the local cloud says of itself: which parts have failed, what it set aside, who holds tasks to their memory."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HEALTH_PATH = "/_localcloud/health"
HEALTH_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Health:
    """`parts`: what each says; None when there is no answer. `set_aside`: what of its stored state could not be read,
    where that is kept now, and why.
    """

    parts: Mapping[str, Mapping[str, Any]] | None
    set_aside: tuple[str, ...] = ()

    @property
    def has_answered(self) -> bool:
        return self.parts is not None

    @property
    def failed(self) -> list[str]:
        """Name the parts that have failed, with what they say."""
        known = self.parts or {}
        return [f"{name} ({', '.join(_said(state))})" for name, state in known.items() if state["status"] != "ready"]

    @property
    def memory_limits(self) -> str:
        """Say what holds the tasks to their memory: `kernel, cgroup v1` or `v2`, or `watched` with the reason."""
        memory = (self.parts or {}).get("memory", {"enforced": "not known"})
        return f"{memory['enforced']}" + (f" ({memory['why']})" if "why" in memory else "")

    @property
    def active_faults(self) -> int | None:
        """Count what goes wrong on purpose (`spendsense faults`); None when the local cloud does not answer."""
        return None if self.parts is None else int(self.parts.get("faults", {}).get("active", 0))


def look(endpoint: str) -> Health:
    """Ask once. `endpoint`: the local cloud's URL."""
    try:
        with open_directly(endpoint + HEALTH_PATH, timeout=HEALTH_TIMEOUT_S) as answer:
            health: dict[str, Any] = json.load(answer)
            return Health(health["parts"], tuple(map(str, health.get("set_aside", ()))))
    except (OSError, ValueError, KeyError):
        return Health(None)


def open_directly(request: Any, *, timeout: float, data: bytes | None = None) -> Any:
    """Open a loopback URL or urllib request, which never goes through a proxy, whatever the shell's variables say.

    `timeout`: seconds. -> a response to use in a `with`. Errors: those of `urllib.request`.
    """
    import urllib.request  # here: a command's --help needs none of it

    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, data, timeout)


def _said(state: Mapping[str, object]) -> Iterator[str]:
    """What a part that has failed says; of its members only those that have, each with the reason that it gives."""
    for key, value in state.items():
        if isinstance(value, dict):
            for name, member in value.items():
                if not isinstance(member, dict):
                    yield f"{name}: {member}"
                elif member.get("status") == "failed":
                    yield f"{name}: {member.get('failure', member)}"
        elif key != "status":
            yield f"{key} {value}"
