"""Pure: how long a rolling deploy must take with its settings, whoever runs it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

FIRST_CHECK_S = 5.0
"""A target's first health check comes after this, or after the interval if that is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of service and target group; times in AWS seconds. `speed`: how much shorter the waits are."""

    desired_count: int
    minimum_healthy_percent: int
    maximum_percent: int
    interval_s: float
    deregistration_delay_s: float
    speed: float = 1.0


def healthy_after_s(start_up_s: float, settings: Settings) -> float:
    """Return real seconds from a task's start to its first passed check; one is enough for a new target.

    `start_up_s`: real seconds from its start to its first response.
    """
    first_s = min(settings.interval_s, FIRST_CHECK_S) / settings.speed
    interval_s = settings.interval_s / settings.speed
    missed = math.ceil(max(0.0, start_up_s - first_s) / interval_s)
    return first_s + missed * interval_s


def waves(settings: Settings) -> list[int]:
    """Return how many new tasks start at a time: as many as the maximum allows beside the old ones that must stay."""
    floor = math.ceil(settings.desired_count * settings.minimum_healthy_percent / 100)
    ceiling = math.floor(settings.desired_count * settings.maximum_percent / 100)
    old, new, made = settings.desired_count, 0, []
    while new < settings.desired_count:
        old = max(0, min(old, floor - new))
        starting = min(ceiling - old - new, settings.desired_count - new)
        if starting <= 0:
            raise ValueError(f"{settings}: the percentages allow neither a start nor a stop")
        new += starting
        made.append(starting)
    return made


def minimum_roll_s(
    settings: Settings,
    *,
    start_up_s: float,
    stop_s: float,
    launch_s: Callable[[int], float] = lambda count: 0.0,
) -> float:
    """Return real seconds from UpdateService to COMPLETED when everything else takes no time.

    Each wave waits until its tasks are healthy; the last old tasks then drain, and end in `stop_s` real seconds.
    `launch_s`: number of processes -> real seconds in which the machine can start so many; 0: by the settings alone.
    """
    draining_s = settings.deregistration_delay_s / settings.speed
    starting_s = sum(launch_s(count) + healthy_after_s(start_up_s, settings) for count in waves(settings))
    return starting_s + draining_s + stop_s
