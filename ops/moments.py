"""Ages and moments as people write them: `10m`, `2026-11-26T02:10:00Z`."""

import re
from datetime import UTC, datetime, timedelta

from ops.errors import Misuse
from ops.log_text import shown

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_S = 3653 * 86_400  # the longest retention of CloudWatch Logs that has an end


def age_ms(text: str) -> int:
    """`90s`, `10m`, `2h`, `1d` -> milliseconds. Errors: Misuse."""
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if found is None:
        raise Misuse(f"should be a number followed by s, m, h or d, found {shown(text)}", next_step="for example 10m")
    seconds = int(found[1]) * UNITS_S[found[2]]
    if seconds > LONGEST_S:
        raise Misuse(f"should be ten years at most, found {shown(text)}", next_step="for example 1d")
    return seconds * 1000


def moment_of(text: str, present: datetime) -> datetime:
    """`2026-11-26T02:10:00Z`, or an age such as `10m` -> the moment. Errors: Misuse, also for one in the future."""
    if text[-1:] in UNITS_S and text[:-1].isdigit():
        return present.astimezone(UTC).replace(microsecond=0) - timedelta(milliseconds=age_ms(text))
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for a moment that only its own zone's calendar has
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Misuse(
            f"should be a time with a time zone, or an age, found {shown(text)}",
            next_step="for example 2026-11-26T02:10:00Z, or 10m for ten minutes ago",
        )
    if moment > present:
        raise Misuse(
            f"should be in the past, found {shown(text)}; it is now {present.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            next_step="for example 10m; without it, the latest moment is restored",
        )
    return moment.replace(microsecond=0)
