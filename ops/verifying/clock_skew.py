"""Checks that this machine's clock agrees with AWS's, which matters for signatures and times of log lines."""

from datetime import datetime

from ops.verifying.check import Check, Group
from ops.verifying.subject import Subject

CLOCK = Group("clock")
TOLERATED_S = 60.0  # AWS refuses signatures that are off by more than five minutes


def check(subject: Subject) -> list[Check]:
    return [assess(subject.answered_at, subject.asked_at)]


def assess(theirs: datetime | None, ours: datetime | None) -> Check:
    """Pure."""
    if theirs is None or ours is None:
        return CLOCK.unknown("this machine's clock", "AWS's response contained no time")
    off_s = (ours - theirs).total_seconds()
    found = f"{abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} AWS"
    if abs(off_s) > TOLERATED_S:
        return CLOCK.warn(
            "this machine's clock", found, wanted=f"at most {TOLERATED_S:.0f} s", fix="synchronize it: `timedatectl`"
        )
    return CLOCK.ok("this machine's clock", found)
