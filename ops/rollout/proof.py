"""Pure: what requests through the load balancer show about a deployment, in words and numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

FAILING_RATE = 0.05
"""The share of failed requests from which a deployment counts as failing; fewer are named."""
FAILING_AT_LEAST = 3
SHOWN = 3
TOO_MANY_REQUESTS = 429


class Phase(StrEnum):
    """A part of a deploy; `during` is from the migration to the end of the rollout."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Kind(StrEnum):
    """The outcome of a request. Only `failed` counts against a deployment; a slow response does not."""

    ANSWERED = "answered"
    FAILED = "failed"  # 5xx, or the connection broke
    UNANSWERED = "unanswered"  # no response in time
    UNREACHED = "unreached"  # no connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The outcome of one request. by: the version and revision that responded, if known. status: of a good response.

    is_unserved: the load balancer had no task for it.
    """

    phase: Phase
    kind: Kind
    took_s: float
    what: str = ""  # `GET /version`, or for a request without a good response `GET /version 500`
    status: int | None = None
    by: str | None = None
    is_unserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The requests of one phase. p50_ms, p95_ms: None without a response."""

    requests: int
    failed: int
    unanswered: int
    unreached: int
    p50_ms: float | None
    p95_ms: float | None

    @property
    def is_failing(self) -> bool:
        return self.failed >= FAILING_AT_LEAST and self.failed >= FAILING_RATE * self.requests

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        """`41 requests, 0 failed, p50 4 ms, p95 9 ms`."""
        others = [
            f"{count} {words}"
            for count, words in (
                (self.unanswered, "without a response in time"),
                (self.unreached, "without connection"),
            )
            if count
        ]
        sent = "1 request" if self.requests == 1 else f"{self.requests} requests"
        times = [] if self.p50_ms is None else [f"p50 {self.p50_ms:.0f} ms", f"p95 {self.p95_ms or 0:.0f} ms"]
        return ", ".join([sent, f"{self.failed} failed", *others, *times])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The measurement. unknown: the reason why there is none; else empty."""

    url: str | None = None
    unknown: str = ""
    phases: Mapping[Phase, Measured] = field(default_factory=dict)
    answered_by: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)  # since the deployment began
    left_out: tuple[str, ...] = ()  # routes that were not requested during it, because they failed before
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # route -> statuses before and after

    @property
    def is_failing(self) -> bool:
        """Return whether requests fail since the deployment began, and did not before."""
        before = self.phases.get(Phase.BEFORE)
        if before is not None and before.is_failing:
            return False
        return any(self.phases[phase].is_failing for phase in (Phase.DURING, Phase.AFTER) if phase in self.phases)

    @property
    def verdict(self) -> str:
        return "unknown" if self.unknown else "failing" if self.is_failing else "fine"

    @property
    def lines(self) -> list[str]:
        """The points against the deployment, one per line."""
        return [] if self.unknown else [*self._failed, *self._changed]

    @property
    def _changed(self) -> list[str]:
        return [
            f"{what} now returns {after}; before the deployment it returned {before}"
            for what, (before, after) in self.changes.items()
        ]

    @property
    def _failed(self) -> list[str]:
        total = sum(self.failures.values())
        if not total:
            return []
        sent = sum(each.requests for phase, each in self.phases.items() if phase is not Phase.BEFORE)
        most = sorted(self.failures.items(), key=lambda each: -each[1])[:SHOWN]
        shown = ", ".join(f"{what} ({count})" for what, count in most)
        before = self.phases.get(Phase.BEFORE)
        as_before = "; they failed before it began, too" if before is not None and before.is_failing else ""
        return [f"{total} of {sent} requests through the load balancer failed: {shown}{as_before}"]

    @property
    def remarks(self) -> list[str]:
        """The measurement, or why there is none."""
        if self.unknown:
            return [f"no requests were sent through the load balancer: {self.unknown}"]
        lines = [f"requests {phase}: {measured}" for phase, measured in self.phases.items()]
        if self.left_out:
            routes = ", ".join(self.left_out)
            lines.append(
                f"not requested during the deployment, because they failed before it and could set off alarms: {routes}"
            )
        by = ", ".join(f"{name} ({count})" for name, count in self.answered_by.items())
        return [*lines, *([f"answered by {by}"] if by else [])]

    def as_json(self) -> dict[str, object]:
        return {
            "verdict": self.verdict,
            "url": self.url,
            "unknown": self.unknown or None,
            **{phase.value: self.phases[phase].as_json() if phase in self.phases else None for phase in Phase},
            "answered_by": dict(self.answered_by),
            "failures": dict(self.failures),
            "left_out": list(self.left_out),
            "changes": {what: {"before": old, "after": new} for what, (old, new) in self.changes.items()},
        }


def prove(url: str, responses: Iterable[Response]) -> Proof:
    """Summarize the responses."""
    found = list(responses)
    if all(each.kind is Kind.UNREACHED for each in found):
        why = f"{url} cannot be reached from here" + (f" ({found[0].what})" if found else "")
        return Proof(url=url, unknown=why)
    by_phase = {phase: [each for each in found if each.phase is phase] for phase in Phase}
    failed = [each for each in found if each.kind is Kind.FAILED and each.phase is not Phase.BEFORE]
    return Proof(
        url=url,
        phases={phase: measured(those) for phase, those in by_phase.items() if those},
        answered_by=Counter(each.by for each in found if each.by is not None),
        failures=Counter(each.what for each in failed),
        changes=changes(by_phase[Phase.BEFORE], by_phase[Phase.AFTER]),
    )


def changes(before: Iterable[Response], after: Iterable[Response]) -> dict[str, tuple[str, str]]:
    """Return the routes whose statuses are all new, such as 404 instead of 401."""
    old, new = _statuses(before), _statuses(after)
    words = {what: (old[what], new[what]) for what in old if what in new and not old[what] & new[what]}
    return {what: (_listed(was), _listed(now)) for what, (was, now) in words.items()}


def _statuses(responses: Iterable[Response]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for each in responses:
        if each.status not in (None, TOO_MANY_REQUESTS):  # which is this sender's problem
            found.setdefault(each.what, set()).add(each.status)
    return found


def _listed(statuses: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(statuses)))


def measured(responses: Sequence[Response]) -> Measured:
    """Count the requests of a phase."""
    kinds = Counter(each.kind for each in responses)
    took_ms = sorted(1000 * each.took_s for each in responses if each.kind is Kind.ANSWERED)
    return Measured(
        requests=len(responses),
        failed=kinds[Kind.FAILED],
        unanswered=kinds[Kind.UNANSWERED],
        unreached=kinds[Kind.UNREACHED],
        p50_ms=percentile(took_ms, 50),
        p95_ms=percentile(took_ms, 95),
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return the smallest value that `percent` of all do not exceed; None without values."""
    if not ordered:
        return None
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 1)
