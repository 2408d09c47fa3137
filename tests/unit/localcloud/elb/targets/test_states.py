"""The life cycle of a target: registration, checks, thresholds, draining."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.elb.targets.states import (
    MOVES,
    PASSED,
    Change,
    CheckResult,
    HealthRules,
    Reason,
    Target,
    TargetHealth,
    TargetState,
    next_target,
    unregistered,
)

RULES = HealthRules(healthy_threshold=3, unhealthy_threshold=2, deregistration_delay_s=30, in_use=True)
FAILED_503 = CheckResult(Reason.CODE_MISMATCH, 503)
TIMED_OUT = CheckResult(Reason.TIMEOUT)


def after(*events: Change | CheckResult, rules: HealthRules = RULES, now: float = 100.0) -> Target:
    target = unregistered(now)
    for event in events:
        target = next_target(target, event, now, rules)
    return target


def test_new_target_says_first_registration_then_initial_checks() -> None:
    assert after(Change.REGISTERED).health == TargetHealth(
        TargetState.INITIAL, "Elb.RegistrationInProgress", "Target registration is in progress"
    )
    assert after(Change.REGISTERED, Change.FIRST_CHECK_BEGINS).health == TargetHealth(
        TargetState.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress"
    )


def test_new_target_is_healthy_after_one_passed_check_whatever_the_threshold() -> None:
    assert after(Change.REGISTERED, PASSED).health == TargetHealth(TargetState.HEALTHY)
    assert after(Change.REGISTERED, FAILED_503, PASSED).state is TargetState.HEALTHY


def test_new_target_turns_unhealthy_only_at_the_unhealthy_threshold() -> None:
    assert after(Change.REGISTERED, FAILED_503).state is TargetState.INITIAL
    assert after(Change.REGISTERED, FAILED_503, FAILED_503).health == TargetHealth(
        TargetState.UNHEALTHY, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"
    )


def test_a_target_that_does_not_respond_has_its_time_and_one_that_responds_wrongly_has_not() -> None:
    rules = replace(RULES, patience_s=20)
    registered = after(Change.REGISTERED, rules=rules, now=100)
    for result in (TIMED_OUT, CheckResult(Reason.FAILED_HEALTH_CHECKS)):
        silent = next_target(next_target(registered, result, 101, rules), result, 119, rules)
        assert silent.state is TargetState.INITIAL
        assert next_target(silent, result, 121, rules).state is TargetState.UNHEALTHY
        came_up = next_target(silent, PASSED, 120, rules)
        assert next_target(came_up, result, 130, rules).failing_since == 130
    wrong = next_target(next_target(registered, FAILED_503, 101, rules), FAILED_503, 102, rules)
    assert wrong.state is TargetState.UNHEALTHY


def test_healthy_target_forgives_failures_that_are_not_in_a_row() -> None:
    assert after(Change.REGISTERED, PASSED, TIMED_OUT, PASSED, TIMED_OUT).state is TargetState.HEALTHY
    assert after(Change.REGISTERED, PASSED, TIMED_OUT, TIMED_OUT).health == TargetHealth(
        TargetState.UNHEALTHY, "Target.Timeout", "Request timed out"
    )


def test_unhealthy_target_needs_the_healthy_threshold_in_a_row() -> None:
    unhealthy = (Change.REGISTERED, TIMED_OUT, TIMED_OUT)
    assert after(*unhealthy, PASSED, PASSED).state is TargetState.UNHEALTHY
    assert after(*unhealthy, PASSED, PASSED, TIMED_OUT, PASSED).state is TargetState.UNHEALTHY
    assert after(*unhealthy, PASSED, PASSED, PASSED).state is TargetState.HEALTHY


def test_unhealthy_target_reports_its_newest_failure() -> None:
    assert after(Change.REGISTERED, TIMED_OUT, TIMED_OUT, FAILED_503).health.reason == "Target.ResponseCodeMismatch"


@pytest.mark.parametrize("before", [(), (PASSED,), (TIMED_OUT, TIMED_OUT)])
def test_deregistered_target_drains_for_the_whole_delay_then_is_gone(before: tuple[CheckResult, ...]) -> None:
    draining = after(Change.REGISTERED, *before, Change.DEREGISTERED, now=100)
    assert draining.health.reason == "Target.DeregistrationInProgress"
    assert next_target(draining, Change.DRAINED, 129.9, RULES) is draining
    gone = next_target(draining, Change.DRAINED, 130, RULES)
    assert gone.health == TargetHealth(
        TargetState.UNUSED, "Target.NotRegistered", "Target is not registered to the target group"
    )
    assert not gone.is_registered


def test_deregistering_twice_does_not_prolong_the_draining() -> None:
    draining = after(Change.REGISTERED, PASSED, Change.DEREGISTERED, now=100)
    assert next_target(draining, Change.DEREGISTERED, 120, RULES).drains_until == 130


def test_draining_target_registered_again_starts_over_and_a_healthy_one_is_left_as_it_is() -> None:
    assert after(Change.REGISTERED, PASSED, Change.DEREGISTERED, Change.REGISTERED).health.reason == (
        "Elb.RegistrationInProgress"
    )
    healthy = after(Change.REGISTERED, PASSED)
    assert next_target(healthy, Change.REGISTERED, 200, RULES) is healthy


def test_late_check_result_does_not_move_a_draining_target() -> None:
    draining = after(Change.REGISTERED, PASSED, Change.DEREGISTERED)
    assert next_target(draining, PASSED, 101, RULES) is draining


def test_target_of_a_group_without_listener_is_unused_until_the_group_is_in_use() -> None:
    idle = HealthRules(healthy_threshold=3, unhealthy_threshold=2, deregistration_delay_s=30, in_use=False)
    unused = after(Change.REGISTERED, rules=idle)
    assert (unused.state, unused.health.reason, unused.is_registered) == (TargetState.UNUSED, "Target.NotInUse", True)
    assert next_target(unused, Change.GROUP_IN_USE, 1, RULES).state is TargetState.INITIAL
    assert not next_target(unused, Change.DEREGISTERED, 1, idle).is_registered


def test_group_that_loses_its_listener_has_unused_targets_and_forgets_draining_ones() -> None:
    assert after(Change.REGISTERED, PASSED, Change.GROUP_NOT_IN_USE).health.reason == "Target.NotInUse"
    assert not after(Change.REGISTERED, PASSED, Change.DEREGISTERED, Change.GROUP_NOT_IN_USE).is_registered


def test_broken_checker_makes_the_target_unavailable_until_a_check_passes() -> None:
    broken = after(Change.REGISTERED, PASSED, Change.CHECKER_BROKE)
    assert (broken.state, broken.health.reason) == (TargetState.UNAVAILABLE, "Elb.InternalError")
    assert next_target(broken, PASSED, 101, RULES).state is TargetState.HEALTHY


EVENTS = st.sampled_from([*Change, PASSED, FAILED_503, TIMED_OUT, CheckResult(Reason.FAILED_HEALTH_CHECKS)])


@given(st.lists(st.tuples(EVENTS, st.floats(0, 20)), max_size=60))
def test_every_history_keeps_to_the_allowed_moves_and_drains_in_full(
    history: list[tuple[Change | CheckResult, float]],
) -> None:
    now, target = 0.0, unregistered(0)
    for event, passed_s in history:
        now += passed_s
        before, target = target, next_target(target, event, now, RULES)
        assert target.state is before.state or target.state in MOVES[before.state]
        assert (target.drains_until is not None) == (target.state is TargetState.DRAINING)
        if before.state is TargetState.DRAINING and not target.is_registered and event is Change.DRAINED:
            assert now >= before.since + RULES.deregistration_delay_s
