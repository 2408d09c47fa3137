"""Decides whether rows follow one cadence: their grid, the row of each occurrence, and the evidence against it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median

from app.insights.analysis.amounts import AmountKind, Amounts, amounts_of
from app.insights.analysis.cadences import PERIODS, Cadence, Grid, Period, grid_of
from app.insights.analysis.rows import Row

FEWEST_ROWS = 3
# Three visits to a shop may lie on some grid by chance; changing amounts need one more row to be a bill.
FEWEST_VARYING = 4
# Fewer occurrences than FEW must be close to their days; from LONG on, complete bills may be further from them.
FEW = 5
LONG = 8
MOST_CUTS = 4
MOST_HOLIDAYS = 4  # months per year
# From the last occurrence of one due day to the first of another, in occurrences.
SHORTEST_WAIT = 0.4
LONGEST_WAIT = 13  # a contract that was cancelled and taken out again
# Shopping is weekly too. Money out that is not the same to the cent is a bill only if it is monthly or less frequent.
SHOPPING = frozenset({Cadence.WEEKLY, Cadence.FORTNIGHTLY, Cadence.FOUR_WEEKLY})
# Wages may come on two days of the month. For money out, that pattern is two monthly contracts.
INCOMING_ONLY = frozenset({Cadence.SEMI_MONTHLY})
SELDOM = frozenset({Cadence.SIX_MONTHLY, Cadence.YEARLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Rows on a grid, one for each occurrence that was met. `extra`: rows of the same kind that belong to none.

    `missed`: occurrences between the first and the last without a row. `days_off`: mean distance from the due days.
    """

    grid: Grid
    slots: tuple[int, ...]
    rows: tuple[Row, ...]
    extra: int
    missed: int
    days_off: float
    amounts: Amounts

    @property
    def cadence(self) -> Cadence:
        return self.grid.period.cadence

    @property
    def cost(self) -> float:
        """Measure how badly the grid fits; 0 means every occurrence is met on its day and there are no other rows."""
        faults = (self.missed + self.extra) / len(self.rows)
        return faults + self.days_off / self.grid.period.length_days


def schedule_of(rows: Sequence[Row], *, outgoing: bool, periods: Iterable[Period] = PERIODS) -> Schedule | None:
    """Return the best schedule on which nearly all rows are occurrences; None when there is none. rows: by date."""
    if len(rows) < FEWEST_ROWS:
        return None
    span = (rows[-1].date - rows[0].date).days
    found = [
        schedule
        for period in periods
        if not (outgoing and period.cadence in INCOMING_ONLY)
        and might_fit(len(rows), span / period.length_days + 1)
        and (schedule := on_grid(rows, grid_of(period, [row.date for row in rows])))
        and is_convincing(schedule, outgoing=outgoing)
    ]
    return min(found, key=lambda schedule: schedule.cost, default=None)


def might_fit(rows: int, occurrences: float) -> bool:
    """Return whether so many rows can be so many occurrences, including a pause; this rules out most cadences early."""
    return occurrences * 0.4 - 1 <= rows <= occurrences * 1.2 + 2


def on_grid(rows: Sequence[Row], grid: Grid) -> Schedule | None:
    """Place the rows on the grid, whatever the evidence against it; None when most rows clearly do not fit."""
    candidates: dict[int, list[tuple[int, Row]]] = defaultdict(list)
    for row in rows:
        slot = grid.slot(row.date)
        days_off = abs(grid.days_off(slot, row.date))
        if days_off <= grid.period.tolerance:
            candidates[slot].append((days_off, row))
    turns_of_all = max(candidates, default=0) - min(candidates, default=0) + 1
    if len(candidates) < FEWEST_ROWS or not might_fit(len(rows), len(candidates)) or turns_of_all > 3 * len(rows):
        return None
    usual = math.log(median(abs(row.amount) for some in candidates.values() for _, row in some))
    slots = sorted(candidates)
    chosen = [
        min(candidates[slot], key=lambda one: (one[0] + 20 * abs(math.log(abs(one[1].amount)) - usual), one[1].id))
        for slot in slots
    ]
    occurrences = tuple(row for _, row in chosen)
    return Schedule(
        grid=grid,
        slots=tuple(slots),
        rows=occurrences,
        extra=len(rows) - len(occurrences),
        missed=missed_occurrences(slots, a_year=12 if grid.period.months == 1 else 0),
        days_off=fmean(days_off for days_off, _ in chosen),
        amounts=amounts_of(occurrences, seldom=grid.period.cadence in SELDOM),
    )


def missed_occurrences(slots: Sequence[int], *, a_year: int = 0) -> int:
    """Count the missed occurrences. One long pause between two periods of at least three each counts as one.

    All holidays that recur each year also count as one together. a_year: occurrences per year; 0 where the number is
    not constant.
    """
    if a_year and (free := holidays(slots, a_year)):
        return missed_occurrences(sorted([*slots, *free])) + 1
    holes = [after - before - 1 for before, after in pairwise(slots)]
    longest = max(holes)
    at = holes.index(longest) + 1
    paused = longest > 1 and min(at, len(slots) - at) >= FEWEST_ROWS
    return sum(holes) - (longest - 1 if paused else 0)


def holidays(slots: Sequence[int], a_year: int) -> list[int]:
    """Return the missed occurrences in months that were missed at least twice and never met, if such months are few."""
    met = {slot % a_year for slot in slots}
    missed = sorted({*range(slots[0], slots[-1])} - {*slots})
    often = Counter(slot % a_year for slot in missed)
    free = {month for month, times in often.items() if times > 1 and month not in met}
    return [slot for slot in missed if slot % a_year in free] if len(free) <= MOST_HOLIDAYS else []


def is_convincing(schedule: Schedule, *, outgoing: bool) -> bool:
    """Return whether so many occurrences, met so well, cannot be chance."""
    occurrences = len(schedule.rows)
    period = schedule.grid.period
    if outgoing and schedule.cadence in SHOPPING and not schedule.amounts.exact:
        return False
    if schedule.amounts.kind is AmountKind.FIXED:
        return (
            schedule.missed <= allowed(occurrences, one_in=4)
            and schedule.extra <= allowed(occurrences, one_in=7)
            and schedule.days_off <= period.tolerance * (0.2 if occurrences < FEW else 0.5)
        )
    return (
        occurrences >= FEWEST_VARYING
        and schedule.missed <= occurrences // 6
        and schedule.extra <= occurrences // 6
        and schedule.days_off <= punctual(schedule)
    )


def punctual(schedule: Schedule) -> float:
    """Return the allowed mean distance of bills from their due days: larger when many were met, each once."""
    if len(schedule.rows) < FEW:
        return schedule.grid.period.punctual * 0.6
    complete = len(schedule.rows) >= LONG and not schedule.missed and not schedule.extra
    return schedule.grid.period.punctual * (1.5 if complete else 1)


def moved(rows: Sequence[Row], *, outgoing: bool) -> Schedule | None:
    """Return the schedule of rows whose due day moved once, with several occurrences before and after; None for others.

    The cut is where an interval is furthest from a whole number of occurrences. rows: by date.
    """
    if len(rows) < LONG:
        return None
    gaps = [(after.date - before.date).days for before, after in pairwise(rows)]
    usual = median(gaps) or 1
    irregular = sorted(range(len(gaps)), key=lambda index: -abs(gaps[index] / usual - round(gaps[index] / usual)))
    parted = (parted_at(rows, index + 1, outgoing=outgoing) for index in irregular[:MOST_CUTS])
    return next((schedule for schedule in parted if schedule is not None), None)


def parted_at(rows: Sequence[Row], cut: int, *, outgoing: bool) -> Schedule | None:
    """Return the schedule of the rows with one due day before the cut and another after it."""
    before = schedule_of(rows[:cut], outgoing=outgoing)
    if before is None:
        return None
    alike = [period for period in PERIODS if period.cadence is before.cadence]
    after = schedule_of(rows[cut:], outgoing=outgoing, periods=alike)
    if after is None:
        return None
    wait = (after.rows[0].date - before.rows[-1].date).days / after.grid.period.length_days
    if not SHORTEST_WAIT < wait < LONGEST_WAIT:
        return None
    shift = after.slots[0] - 1 - before.slots[-1]
    occurrences = before.rows + after.rows
    return replace(
        after,
        slots=(*(slot + shift for slot in before.slots), *after.slots),
        rows=occurrences,
        extra=before.extra + after.extra,
        missed=before.missed + after.missed,
        days_off=(before.days_off + after.days_off) / 2,
        amounts=amounts_of(occurrences, seldom=after.cadence in SELDOM),
    )


def allowed(occurrences: int, *, one_in: int) -> int:
    """Return how many occurrences may be missing or rows extra: none of 3, one of a few more, then one in so many."""
    return 0 if occurrences <= FEWEST_ROWS else max(1, occurrences // one_in)
