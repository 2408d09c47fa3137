"""The waits that wrong passwords cause, and for whom."""

import pytest

from app.identity.delays import ACCOUNT, ADDRESS, KNOWN, PAIR, Counted, LocalCounters

DAY_MS = 24 * 60 * 60 * 1000


def counted(account: str, address: str) -> tuple[Counted, ...]:
    return (
        Counted(f"pair:{account}:{address}", PAIR),
        Counted(f"account:{account}", ACCOUNT),
        Counted(f"address:{address}", ADDRESS),
    )


def known(account: str, address: str) -> tuple[Counted, ...]:
    return (Counted(f"known:{account}:{address}", KNOWN),)


def guesses(counters: LocalCounters, attempts: list[tuple[Counted, ...]]) -> int:
    """Count the successful tries of somebody who repeats all of these for a day."""
    return sum(
        not counters.take(attempt, now_ms).wait_ms for now_ms in range(0, DAY_MS, 30_000) for attempt in attempts
    )


@pytest.mark.parametrize(
    ("attempts", "most"),
    [
        ([counted("alice", "192.0.2.1")], 115),
        ([known("alice", "192.0.2.1")], 310),
        ([counted("alice", f"192.0.2.{n}") for n in range(30)], 320),
        ([counted(f"user-{n}", "192.0.2.1") for n in range(30)], 130),
    ],
    ids=["one address", "an address that is known", "many addresses", "one address at many accounts"],
)
def test_a_day_of_guessing_is_a_few_hundred_guesses(attempts, most):
    assert guesses(LocalCounters(), attempts) <= most


def test_waits_grow_from_a_second_to_a_quarter_of_an_hour():
    counters, now_ms, waits = LocalCounters(), 0, []
    for _ in range(20):
        assert counters.take(counted("alice", "192.0.2.1"), now_ms).wait_ms == 0
        waits.append(counters.take(counted("alice", "192.0.2.1"), now_ms).wait_ms // 1000 if len(waits) >= 4 else 0)
        now_ms += waits[-1] * 1000
    assert waits == [0] * 4 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + [900] * 6


def test_one_address_slows_an_account_down_for_itself_alone():
    counters = LocalCounters()
    guesses(counters, [counted("alice", "192.0.2.1")])
    assert counters.take(counted("alice", "192.0.2.2"), DAY_MS).wait_ms == 0
    assert counters.take(counted("bob", "192.0.2.2"), DAY_MS).wait_ms == 0


def test_an_address_that_is_known_waits_for_nothing_that_others_do():
    counters = LocalCounters()
    guesses(counters, [counted("alice", f"192.0.2.{n}") for n in range(30)])
    guesses(counters, [counted(f"user-{n}", "198.51.100.1") for n in range(30)])
    assert counters.take(counted("alice", "198.51.100.2"), DAY_MS - 1000).wait_ms > 0
    assert counters.take(known("alice", "198.51.100.1"), DAY_MS - 1000).wait_ms == 0


def test_a_right_password_is_not_a_failure_and_forgives_those_of_its_address():
    counters, attempt = LocalCounters(), counted("alice", "192.0.2.1")
    for _ in range(4):
        for _ in range(PAIR.free - 1):
            assert counters.take(attempt, 0).wait_ms == 0
            counters.give_back(attempt, counters.take(attempt, 0), 0)
    assert counters.take(attempt, 0).wait_ms == 0


def test_a_right_password_does_not_forgive_what_others_did():
    counters = LocalCounters()
    for n in range(ACCOUNT.free):
        counters.take(counted("alice", f"192.0.2.{n}"), 0)
    attempt = counted("alice", "198.51.100.1")
    taken = counters.take(attempt, 2000)
    counters.give_back(attempt, taken, 2000)
    assert counters.counters["account:alice"].failures == ACCOUNT.free
    counters.take(counted("alice", "198.51.100.2"), 2000)
    assert counters.take(counted("alice", "198.51.100.3"), 2000).wait_ms == 2000


def test_failures_are_forgotten_a_day_after_the_last():
    counters, attempt = LocalCounters(), counted("alice", "192.0.2.1")
    guesses(counters, [attempt])
    assert [counters.take(attempt, 3 * DAY_MS).wait_ms for _ in range(PAIR.free)] == [0] * PAIR.free


def test_counters_are_bounded(monkeypatch):
    monkeypatch.setattr("app.identity.delays.COUNTERS_KEPT", 10)
    counters = LocalCounters()
    for n in range(100):
        counters.take(counted(f"user-{n}", "192.0.2.1"), 0)
    assert len(counters.counters) <= 10
    assert counters.take(counted("alice", "192.0.2.1"), 0).wait_ms > 0
