"""The wait after wrong passwords: its rule, and its counters in this process.

A counter has a number of failures and the time until which no attempt is allowed. The first failures are free, because
people mistype; from then on each doubles the wait, up to a maximum. An attempt counts as a failure before its password
is checked, and is withdrawn if the password was right: concurrent guesses get no more tries than sequential ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

KEPT_MS = 24 * 60 * 60 * 1000
COUNTERS_KEPT = 10_000
# One address cannot slow an account down for others: beyond this its failures are its own, unless several guess.
SHARED_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """The number of failures that cost no wait, and the longest wait."""

    name: str
    free: int
    longest_ms: int

    def wait_ms(self, failures: int) -> int:
        if failures < self.free:
            return 0
        return min(self.longest_ms, 1000 << min(failures - self.free, 20))


# An address that has logged in to the account before: nothing that others do can lock it out.
KNOWN = Allowance("known", free=10, longest_ms=300_000)
# For all others: this address at this account, all such addresses at this account, this address at all accounts.
PAIR = Allowance("pair", free=5, longest_ms=900_000)
ACCOUNT = Allowance("account", free=20, longest_ms=300_000)
ADDRESS = Allowance("address", free=20, longest_ms=900_000)


class Counted(NamedTuple):
    """A counter that applies to an attempt: its key and its allowance. The first of several is the attempt's own."""

    key: str
    allowance: Allowance


class Taken(NamedTuple):
    """The result of an attempt: `wait_ms` when it is refused, else the deadlines it set for later ones (0 for none)."""

    wait_ms: int
    set_until_ms: tuple[int, ...] = ()


@dataclass(slots=True)
class Counter:
    """Failures of one key."""

    failures: int = 0
    until_ms: int = 0
    expires_ms: int = 0


class LocalCounters:
    """The counters of this process, used while Redis is unavailable."""

    def __init__(self) -> None:
        self.counters: dict[str, Counter] = {}

    def take(self, counted: Sequence[Counted], now_ms: int) -> Taken:
        """Count an attempt as a failure, unless it has to wait."""
        counters = [self.counter(each.key, now_ms) for each in counted]
        wait_ms = max(counter.until_ms for counter in counters) - now_ms
        if wait_ms > 0:
            return Taken(wait_ms)
        own = counters[0].failures
        moments = []
        for counter, (_, allowance) in zip(counters, counted, strict=True):
            if allowance is ACCOUNT and own >= SHARED_FAILURES and counter.failures < allowance.free:
                moments.append(0)
                continue
            counter.failures += 1
            counter.expires_ms = now_ms + KEPT_MS
            wait = allowance.wait_ms(counter.failures)
            if wait:
                counter.until_ms = now_ms + wait
            moments.append(counter.until_ms if wait else 0)
        return Taken(0, tuple(moments))

    def give_back(self, counted: Sequence[Counted], taken: Taken, now_ms: int) -> None:
        """Withdraw the attempt because the password was right, and forgive the address's own failures."""
        self.counters.pop(counted[0].key, None)
        for (key, _), moment in zip(counted[1:], taken.set_until_ms[1:], strict=True):
            counter = self.counter(key, now_ms)
            counter.failures = max(0, counter.failures - 1)
            if moment and counter.until_ms == moment:
                counter.until_ms = 0

    def counter(self, key: str, now_ms: int) -> Counter:
        """Return the counter of a key; the oldest counters are dropped when there are too many."""
        counter = self.counters.pop(key, None)
        if counter is None or counter.expires_ms <= now_ms:
            counter = Counter()
            if len(self.counters) >= COUNTERS_KEPT:
                del self.counters[next(iter(self.counters))]
        self.counters[key] = counter  # moved to the end, so that used counters stay
        return counter
