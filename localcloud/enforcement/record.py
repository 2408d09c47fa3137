"""The record of decisions: principal, action, resource, whether and by which policy it was allowed, how often."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.authorization.decision import Decision
from localcloud.authorization.messages import denial
from localcloud.authorization.principals import Kind, Principal
from localcloud.machine import stored_files
from localcloud.machine.files import write_json

MOST_RESOURCES = 200
"""The limit for one action by one principal; further resources are recorded by the part before their last slash."""
EVENTS_KEPT = 500


@dataclass(kw_only=True)
class Entry:
    """Equal decisions. `principal`: a role's ARN for its sessions. `policy`: what decided; empty if none allowed it."""

    principal: str
    action: str
    resource: str
    outcome: str
    policy_type: str
    policy: str
    statement: str
    first: datetime
    last: datetime
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Event:
    """A denial. `refused`: whether the request failed, as it does with `enforce`."""

    at: datetime
    principal: str
    session: str
    action: str
    resource: str
    message: str
    refused: bool
    user_agent: str


@dataclass(kw_only=True)
class Kept:
    """The file."""

    decisions: list[Entry]
    denials: list[Event]


def name_of(principal: Principal) -> str:
    """Return the name under which a principal is recorded."""
    return principal.issuer_arn if principal.kind is Kind.ROLE_SESSION else principal.arn


class Record:
    """Decisions since it was cleared, on disk in `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[tuple[str, ...], Entry] = {}
        self._resources: Counter[tuple[str, str]] = Counter()
        self._denials: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._is_changed = False

    def load(self) -> None:
        """Read what earlier runs recorded."""
        kept = stored_files.read_record(self._path, Kept, "the record of permissions is empty")
        for entry in kept.decisions if kept else ():
            self._keep(entry)
        self._denials.extend(kept.denials if kept else ())

    def add(self, decision: Decision, now: datetime) -> None:
        """Count a decision."""
        request = decision.request
        principal = name_of(request.principal)
        key = (principal, request.action, request.resource, decision.outcome.value, decision.policy, decision.statement)
        entry = self._entries.get(key)
        if entry is None and self._resources[principal, request.action] >= MOST_RESOURCES:
            shortened = f"{request.resource.rpartition('/')[0]}/*"
            key = (*key[:2], shortened, *key[3:])
            entry = self._entries.get(key)
        if entry is None:
            entry = Entry(
                principal=principal,
                action=request.action,
                resource=key[2],
                outcome=decision.outcome.value,
                policy_type=decision.policy_type.value if decision.policy_type else "",
                policy=decision.policy,
                statement=decision.statement,
                first=now,
                last=now,
            )
            self._keep(entry)
        entry.count += 1
        entry.last = now
        self._is_changed = True

    def add_denial(self, decision: Decision, now: datetime, *, refused: bool, user_agent: str) -> None:
        """Keep a denial as an event of its own."""
        principal = decision.request.principal
        self._denials.append(
            Event(
                at=now,
                principal=name_of(principal),
                session=principal.arn if principal.kind is Kind.ROLE_SESSION else "",
                action=decision.request.action,
                resource=decision.request.resource,
                message=denial(decision),
                refused=refused,
                user_agent=user_agent,
            )
        )
        self._is_changed = True

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._resources.clear()
        self._denials.clear()
        self._is_changed = True

    def as_json(self, principal: str = "") -> dict[str, object]:
        """Return the decisions and denials, of one principal or of all.

        The fields hold no containers, so a shallow copy will do: `asdict` takes a hundred times as long.
        """
        return {
            "decisions": [vars(each).copy() for each in _of(self._entries.values(), principal)],
            "denials": [vars(each).copy() for each in self._denials if principal in ("", each.principal)],
        }

    def save(self) -> None:
        """Write what has changed. Errors: OSError."""
        if self._is_changed:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            write_json(self._path, self.as_json(), indent=None)  # while the endpoint waits
            self._is_changed = False

    def _keep(self, entry: Entry) -> None:
        key = (entry.principal, entry.action, entry.resource, entry.outcome, entry.policy, entry.statement)
        self._entries[key] = entry
        self._resources[entry.principal, entry.action] += 1


def _of(entries: Iterable[Entry], principal: str) -> list[Entry]:
    return [each for each in entries if principal in ("", each.principal)]
