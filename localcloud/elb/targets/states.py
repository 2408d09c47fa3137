"""The life cycle of one target in its group: states, transitions, and their causes. Pure."""

from dataclasses import dataclass, replace
from enum import Enum, auto


class TargetState(Enum):
    """The states in AWS's terms (ELBv2 TargetHealthStateEnum, without those only of network load balancers)."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


class Reason(Enum):
    """AWS's reason codes and their descriptions; healthy has neither."""

    REGISTRATION_IN_PROGRESS = ("Elb.RegistrationInProgress", "Target registration is in progress")
    INITIAL_HEALTH_CHECKING = ("Elb.InitialHealthChecking", "Initial health checks in progress")
    CODE_MISMATCH = ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [{code}]")
    TIMEOUT = ("Target.Timeout", "Request timed out")
    FAILED_HEALTH_CHECKS = ("Target.FailedHealthChecks", "Health checks failed")
    NOT_REGISTERED = ("Target.NotRegistered", "Target is not registered to the target group")
    NOT_IN_USE = (
        "Target.NotInUse",
        "Target group is not configured to receive traffic from the load balancer",
    )
    DEREGISTRATION_IN_PROGRESS = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
    INTERNAL_ERROR = ("Elb.InternalError", "Health checks failed due to an internal error")


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """A target's health as DescribeTargetHealth reports it; reason and description are empty when healthy."""

    state: TargetState
    reason: str = ""
    description: str = ""


class Change(Enum):
    """An event other than a health check result."""

    REGISTERED = auto()
    DEREGISTERED = auto()
    DRAINED = auto()
    GROUP_IN_USE = auto()
    GROUP_NOT_IN_USE = auto()
    FIRST_CHECK_BEGINS = auto()
    CHECKER_BROKE = auto()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one health check: passed, or the reason for the failure (`code` with CODE_MISMATCH)."""

    failure: Reason | None = None
    code: int = 0

    @property
    def passed(self) -> bool:
        return self.failure is None


PASSED = CheckResult()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRules:
    """The settings of the target group that transitions depend on."""

    healthy_threshold: int
    unhealthy_threshold: int
    deregistration_delay_s: float
    """AWS seconds."""
    in_use: bool
    """A listener forwards to the group."""
    patience_s: float = 0.0
    """AWS seconds for which a target that does not respond must have been silent before it is unhealthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target at one moment; `since` and `drains_until` are AWS seconds on the clock."""

    health: TargetHealth
    since: float
    drains_until: float | None = None
    passes: int = 0
    """Consecutive passed checks."""
    failures: int = 0
    """Consecutive failed checks."""
    failing_since: float | None = None
    """Time of the first of these failures."""

    @property
    def state(self) -> TargetState:
        return self.health.state

    @property
    def is_registered(self) -> bool:
        """Return whether the target is listed: it is until draining ends."""
        return self.health.reason != Reason.NOT_REGISTERED.value[0]

    @property
    def is_checked(self) -> bool:
        return self.state not in (TargetState.UNUSED, TargetState.DRAINING)


MOVES: dict[TargetState, frozenset[TargetState]] = {
    TargetState.UNUSED: frozenset({TargetState.INITIAL}),
    TargetState.INITIAL: frozenset(
        {
            TargetState.HEALTHY,
            TargetState.UNHEALTHY,
            TargetState.DRAINING,
            TargetState.UNUSED,
            TargetState.UNAVAILABLE,
        }
    ),
    TargetState.HEALTHY: frozenset(
        {TargetState.UNHEALTHY, TargetState.DRAINING, TargetState.UNUSED, TargetState.UNAVAILABLE}
    ),
    TargetState.UNHEALTHY: frozenset(
        {TargetState.HEALTHY, TargetState.DRAINING, TargetState.UNUSED, TargetState.UNAVAILABLE}
    ),
    TargetState.UNAVAILABLE: frozenset(
        {TargetState.HEALTHY, TargetState.UNHEALTHY, TargetState.DRAINING, TargetState.UNUSED}
    ),
    TargetState.DRAINING: frozenset({TargetState.INITIAL, TargetState.UNUSED}),
}


def unregistered(now: float) -> Target:
    """Return a target that the group does not, or no longer, know."""
    return Target(health=health(TargetState.UNUSED, Reason.NOT_REGISTERED), since=now)


def next_target(target: Target, event: Change | CheckResult, now: float, rules: HealthRules) -> Target:
    """Return the target after `event`; the same object when the event does not concern its state.

    `now`, AWS seconds. Source: aws-facts 2.
    """
    after = (
        _after_check(target, event, now, rules) if isinstance(event, CheckResult) else _after(target, event, now, rules)
    )
    assert after.state is target.state or after.state in MOVES[target.state], (target, event)  # noqa: S101
    return after


def _after(target: Target, change: Change, now: float, rules: HealthRules) -> Target:
    state = target.state
    match change:
        case Change.REGISTERED if state is TargetState.DRAINING or not target.is_registered:
            if rules.in_use:
                return _enter(TargetState.INITIAL, Reason.REGISTRATION_IN_PROGRESS, now)
            return _enter(TargetState.UNUSED, Reason.NOT_IN_USE, now)
        case Change.GROUP_IN_USE if state is TargetState.UNUSED and target.is_registered:
            return _enter(TargetState.INITIAL, Reason.REGISTRATION_IN_PROGRESS, now)
        case Change.GROUP_NOT_IN_USE if target.is_registered and state is not TargetState.UNUSED:
            # No request can be in flight: a draining target is gone, any other waits for a listener.
            if state is TargetState.DRAINING:
                return unregistered(now)
            return _enter(TargetState.UNUSED, Reason.NOT_IN_USE, now)
        case Change.DEREGISTERED if state is TargetState.UNUSED:
            return unregistered(now)
        case Change.DEREGISTERED if state is not TargetState.DRAINING:
            draining = _enter(TargetState.DRAINING, Reason.DEREGISTRATION_IN_PROGRESS, now)
            return replace(draining, drains_until=now + rules.deregistration_delay_s)
        case Change.DRAINED if target.drains_until is not None and now >= target.drains_until:
            return unregistered(now)
        case Change.FIRST_CHECK_BEGINS if state is TargetState.INITIAL:
            return replace(target, health=health(TargetState.INITIAL, Reason.INITIAL_HEALTH_CHECKING))
        case Change.CHECKER_BROKE if target.is_checked:
            return _enter(TargetState.UNAVAILABLE, Reason.INTERNAL_ERROR, now)
        case _:
            return target


def _after_check(target: Target, result: CheckResult, now: float, rules: HealthRules) -> Target:
    if not target.is_checked:  # a check in progress when the target left
        return target
    passes, failures = (target.passes + 1, 0) if result.passed else (0, target.failures + 1)
    since = None if result.passed else now if target.failing_since is None else target.failing_since
    if result.passed:
        # A target that was never found unhealthy needs only one passed check.
        needed = rules.healthy_threshold if target.state is TargetState.UNHEALTHY else 1
        if target.state is not TargetState.HEALTHY and passes >= needed:
            target = _enter(TargetState.HEALTHY, None, now)
    elif target.state is TargetState.UNHEALTHY:  # the latest failure is reported
        target = replace(target, health=health(TargetState.UNHEALTHY, result.failure, result.code))
    elif failures >= rules.unhealthy_threshold and _is_over(result, since, now, rules):
        target = _enter(TargetState.UNHEALTHY, result.failure, now, result.code)
    return replace(target, passes=passes, failures=failures, failing_since=since)


def _is_over(result: CheckResult, failing_since: float | None, now: float, rules: HealthRules) -> bool:
    """Return whether a target has failed for long enough to be unhealthy; a wrong response counts immediately."""
    if result.failure is Reason.CODE_MISMATCH or failing_since is None:
        return True
    return now - failing_since >= rules.patience_s


def _enter(state: TargetState, reason: Reason | None, now: float, code: int = 0) -> Target:
    return Target(health=health(state, reason, code), since=now)


def health(state: TargetState, reason: Reason | None = None, code: int = 0) -> TargetHealth:
    """Return a state and reason in AWS's words; `code` is the HTTP status of a CODE_MISMATCH."""
    if reason is None:
        return TargetHealth(state)
    name, description = reason.value
    return TargetHealth(state, name, description.format(code=code))
