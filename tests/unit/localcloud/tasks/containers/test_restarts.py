"""Conditions under which a container restarts (aws-facts 1.5)."""

from localcloud.tasks.containers.restarts import RestartPolicy


def test_without_a_policy_nothing_is_restarted() -> None:
    assert not RestartPolicy.of({}).restarts(1, 10_000)


def test_only_what_ran_for_the_attempt_period_is_restarted() -> None:
    policy = RestartPolicy.of({"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}})
    assert not policy.restarts(1, 59.9)
    assert policy.restarts(1, 60)
    assert policy.restarts(0, 60), "a clean end is an end, too"


def test_the_attempt_period_is_five_minutes_when_not_given() -> None:
    policy = RestartPolicy.of({"restartPolicy": {"enabled": True}})
    assert (policy.restarts(1, 299), policy.restarts(1, 300)) == (False, True)


def test_ignored_exit_codes_stay_ended() -> None:
    policy = RestartPolicy.of({"restartPolicy": {"enabled": True, "ignoredExitCodes": [0, 42]}})
    assert [policy.restarts(code, 1000) for code in (0, 42, 1)] == [False, False, True]
