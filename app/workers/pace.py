"""Keeps CPU work in child processes from using up the task's CPU.

A task's CPU is limited per period of 100 ms. Once a period's share is used, every process of the task stands still
until the next period, whatever its niceness. So all children together use only a part of the CPU, in slices of some
milliseconds, and requests find the rest unused.
"""

import mmap
import signal
import time
from types import FrameType

PART_FOR_WORK = 0.5
SLICE_S = 0.005
# CPU time that may be used at full speed after a pause, so that small work is not slowed down.
BURST_NS = 100_000_000
# More would be due to memory that a broken parser has overwritten.
MOST_NS = 5_000_000_000


class Pace:
    """A token bucket in memory that forked processes share. cpus: how much CPU they may use together."""

    def __init__(self, cpus: float) -> None:
        self.cpus = cpus
        self.paid_until = memoryview(mmap.mmap(-1, 8)).cast("q")
        """The time until which the CPU already used is paid for, on the monotonic clock, in nanoseconds."""

    def spend(self, used_ns: int, now_ns: int) -> int:
        """Count CPU time and return how long to pause, in nanoseconds.

        Two processes that count at the same moment may lose one count: it is a slice of a few milliseconds.
        """
        paid_until = min(max(self.paid_until[0], now_ns - int(BURST_NS / self.cpus)), now_ns + MOST_NS)
        self.paid_until[0] = paid_until = paid_until + int(used_ns / self.cpus)
        return max(0, paid_until - now_ns)

    def keep(self) -> None:
        """Pause this process after each slice of CPU time from now on. Call it in the main thread of a child."""
        counted_ns = time.process_time_ns()

        def pause(_number: int, _frame: FrameType | None) -> None:
            nonlocal counted_ns
            used_ns = time.process_time_ns() - counted_ns
            counted_ns += used_ns
            time.sleep(self.spend(used_ns, time.monotonic_ns()) / 1e9)

        signal.signal(signal.SIGPROF, pause)
        signal.setitimer(signal.ITIMER_PROF, SLICE_S, SLICE_S)
