"""Divides one merchant's rows into contracts.

First all rows are tried as one contract. Otherwise they are divided by price, and rows of one price by their position
in the month; then a schedule that continues where another ended, at another price, is joined to it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from app.insights.analysis.amounts import AmountKind, amounts_of, ratio
from app.insights.analysis.cadences import PERIODS, Cadence, position
from app.insights.analysis.rows import Row
from app.insights.analysis.schedules import FEWEST_ROWS, SELDOM, SHOPPING, Schedule, moved, on_grid, schedule_of

# Amounts of one price in a foreign currency differ by no more than this ratio.
NEAR = 1.04
# Where most of a merchant's rows belong to no contract, a contract needs more occurrences to be plausible.
BUSY_SHARE = 0.5
FEWEST_IN_A_SHOP = 5
# Different spellings are one merchant if separately they explain less than this share of what they explain together.
ONE_MERCHANT_SHARE = 0.8
# A larger price rise means another contract, unless all of the merchant's rows form one.
LARGEST_STEP = 3.0
LARGEST_LONE_STEP = 1.6
MOST_CONTRACTS_OF_A_PRICE = 6
MONTHLY = next(period for period in PERIODS if period.cadence is Cadence.MONTHLY)


def contracts(family: Sequence[Sequence[Row]], *, outgoing: bool) -> list[Schedule]:
    """Return the schedules among the rows of one direction of merchants that may be one; no row is in two of them.

    family: a list for each frequent spelling. They are one merchant if that explains more rows, or if together they
    took one price once per occurrence, while each has only some of the occurrences.
    """
    found = [schedule for rows in family for schedule in contracts_of_one(rows, outgoing=outgoing)]
    if len(family) == 1:
        return found
    everything = in_order(row for rows in family for row in rows)
    whole = schedule_of(everything, outgoing=outgoing) or moved(everything, outgoing=outgoing)
    if whole is None:
        return found
    explained = sum(len(schedule.rows) for schedule in found)
    one_price = whole.amounts.kind is AmountKind.FIXED and whole.cadence not in SHOPPING
    return [whole] if one_price or explained < len(whole.rows) * ONE_MERCHANT_SHARE else found


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort by date, then so that the input order does not matter."""
    return sorted(rows, key=lambda row: (row.date, abs(row.amount), row.id))


def contracts_of_one(members: Iterable[Row], *, outgoing: bool) -> list[Schedule]:
    rows = in_order(members)
    if len(rows) < FEWEST_ROWS:
        return []
    whole = schedule_of(rows, outgoing=outgoing) or moved(rows, outgoing=outgoing)
    if outgoing and whole is not None:
        if whole.cadence is Cadence.FORTNIGHTLY and (pair := two_monthly(rows, whole)):
            return pair
        if ends_with_another(whole):
            return contracts_of_one(without(rows, [whole]) + list(whole.rows[:-1]), outgoing=outgoing)
    if whole is not None:
        beside = schedule_of(without(rows, [whole]), outgoing=outgoing)
        return [whole] if beside is None else [whole, beside]
    found = by_price(rows, outgoing=outgoing)
    rest = without(rows, found)
    if len(rest) > BUSY_SHARE * len(rows):
        return joined([schedule for schedule in found if is_certain(schedule)])
    found = completed(joined(found), rest)
    bill = schedule_of(without(rows, found), outgoing=outgoing) if found else None
    return [*found, bill] if bill is not None else found


def two_monthly(rows: Sequence[Row], whole: Schedule) -> list[Schedule]:
    """Return two monthly schedules, half a month apart, if they explain the rows better than one every 14 days."""
    parts = [schedule_of(part, outgoing=True, periods=[MONTHLY]) for part in arcs(rows, 2)]
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) and max(part.cost for part in found) < whole.cost / 2 else []


def ends_with_another(schedule: Schedule) -> bool:
    """Return whether only the last payment is so much higher that it belongs to another contract or to none."""
    occurrences = len(schedule.rows)
    return (
        occurrences > FEWEST_ROWS
        and schedule.amounts.changed_at == occurrences - 1
        and schedule.rows[-1].amount > schedule.rows[-2].amount
        and ratio_between(schedule.rows[-2], schedule.rows[-1]) > LARGEST_STEP
    )


def by_price(rows: Sequence[Row], *, outgoing: bool) -> list[Schedule]:
    """Find schedules of rows with equal amounts, then with nearly equal ones."""
    found: list[Schedule] = []
    prices: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        prices[row.amount].append(row)
    for some in prices.values():
        found += at_one_price(some, outgoing=outgoing)
    near = (schedule_of(some, outgoing=outgoing) for some in near_prices(without(rows, found)))
    return [*found, *(schedule for schedule in near if schedule is not None)]


def near_prices(rows: Sequence[Row]) -> list[list[Row]]:
    """Split the rows wherever the next larger amount differs by more than an exchange rate moves a price."""
    if not rows:
        return []
    ordered = sorted(rows, key=lambda row: (abs(row.amount), row.date, row.id))
    parts = [[ordered[0]]]
    for before, after in pairwise(ordered):
        if ratio_between(before, after) > NEAR:
            parts.append([])
        parts[-1].append(after)
    return [sorted(part, key=lambda row: (row.date, row.id)) for part in parts if len(part) > FEWEST_ROWS]


def at_one_price(rows: Sequence[Row], *, outgoing: bool) -> list[Schedule]:
    """Return the one schedule, or as many monthly ones as there are rows a month, each at its own place in it."""
    one = schedule_of(rows, outgoing=outgoing)
    if one is not None:
        return [one]
    days = (rows[-1].date - rows[0].date).days
    number = round(len(rows) / (days / MONTHLY.length_days + 1))
    if not 1 < number <= MOST_CONTRACTS_OF_A_PRICE:
        return []
    parts = same_day_layers(rows) if len({row.date for row in rows}) * number <= len(rows) else arcs(rows, number)
    found = [schedule_of(part, outgoing=outgoing, periods=[MONTHLY]) for part in parts]
    certain = [schedule for schedule in found if schedule is not None and is_certain(schedule)]
    return certain if len(certain) == len(parts) else []


def same_day_layers(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the first row of each day, then the second of each day, and so on."""
    seen: Counter[object] = Counter()
    layers: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        layers[seen[row.date]].append(row)
        seen[row.date] += 1
    return list(layers.values())


def arcs(rows: Sequence[Row], number: int) -> list[list[Row]]:
    """Split the rows by position in the month, cutting the month where it is emptiest."""
    placed = sorted((position(MONTHLY, row.date) % 1, row.date, row.id, row) for row in rows)
    places = [place for place, *_ in placed]
    gaps = [(places[index] - places[index - 1]) % 1 for index in range(len(places))]
    cuts = sorted(sorted(range(len(gaps)), key=lambda index: -gaps[index])[:number])
    ordered = [row for *_, row in placed]
    turned = ordered[cuts[0] :] + ordered[: cuts[0]]
    ends = [cut - cuts[0] for cut in cuts[1:]] + [len(turned)]
    parts, start = [], 0
    for end in ends:
        parts.append(sorted(turned[start:end], key=lambda row: (row.date, row.id)))
        start = end
    return parts


def is_certain(schedule: Schedule) -> bool:
    """Return whether the schedule stands out among many other rows of its merchant."""
    occurrences = len(schedule.rows)
    return (
        occurrences >= FEWEST_IN_A_SHOP
        and schedule.missed + schedule.extra <= occurrences // 6
        and schedule.days_off <= schedule.grid.period.tolerance * 0.3
    )


def joined(found: Sequence[Schedule]) -> list[Schedule]:
    """Join schedules that continue where another one ended: the price changed."""
    ordered = sorted(found, key=lambda schedule: (schedule.rows[0].date, schedule.rows[0].id))
    chains: list[Schedule] = []
    for schedule in ordered:
        first = schedule.rows[0]
        before = [(ratio_between(chain.rows[-1], first), index) for index, chain in enumerate(chains)]
        fitting = [index for _, index in sorted(before) if continues(chains[index], schedule)]
        merged = merge(chains[fitting[0]], schedule) if fitting else None
        if merged is None:
            chains.append(schedule)
        else:
            chains[fitting[0]] = merged
    return chains


def merge(before: Schedule, after: Schedule) -> Schedule | None:
    """Put both on the first one's grid; return None when not every row is an occurrence of it."""
    merged = on_grid([*before.rows, *after.rows], before.grid)
    if merged is None or merged.extra:
        return None
    return replace(merged, extra=before.extra + after.extra)


def continues(before: Schedule, after: Schedule) -> bool:
    """Return whether the second begins at one of the first's next occurrences, at a price that is not too different."""
    first = after.rows[0]
    slot = before.grid.slot(first.date)
    return (
        before.cadence is after.cadence
        and 1 <= slot - before.slots[-1] <= 2
        and abs(before.grid.days_off(slot, first.date)) <= before.grid.period.tolerance
        and ratio_between(before.rows[-1], first) <= LARGEST_STEP
    )


def completed(found: Sequence[Schedule], rest: Sequence[Row]) -> list[Schedule]:
    """Add rows of another price that fill a hole or are the occurrence before the first or after the last."""
    left = list(rest)
    done = []
    for schedule in found:
        for row in left:
            more = with_row(schedule, row)
            if more is not None:
                schedule = more
        left = without(left, [schedule])
        done.append(schedule)
    return done


def with_row(schedule: Schedule, row: Row) -> Schedule | None:
    """Add the row at a free occurrence of the schedule; return None where it does not fit."""
    grid = schedule.grid
    slot = grid.slot(row.date)
    near = nearest(schedule.slots, slot)
    neighbour = schedule.rows[schedule.slots.index(near)]
    if (
        abs(near - slot) != 1
        or abs(grid.days_off(slot, row.date)) > grid.period.tolerance * 0.7
        or ratio_between(neighbour, row) > LARGEST_LONE_STEP
        or schedule.amounts.kind is not AmountKind.FIXED
    ):
        return None
    pairs = sorted([*zip(schedule.slots, schedule.rows, strict=True), (slot, row)], key=lambda pair: pair[0])
    rows = tuple(member for _, member in pairs)
    slots = tuple(number for number, _ in pairs)
    missed = schedule.missed - 1 if min(schedule.slots) < slot < max(schedule.slots) else schedule.missed
    amounts = amounts_of(rows, seldom=schedule.cadence in SELDOM)
    return replace(schedule, slots=slots, rows=rows, missed=missed, amounts=amounts)


def nearest(slots: Iterable[int], slot: int) -> int:
    return min(slots, key=lambda one: abs(one - slot))


def ratio_between(one: Row, other: Row) -> float:
    """Return the ratio of the larger absolute amount to the smaller."""
    return ratio(abs(one.amount), abs(other.amount))


def without(rows: Sequence[Row], schedules: Iterable[Schedule]) -> list[Row]:
    """Return the rows that are not occurrences of the schedules."""
    taken = {row.id for schedule in schedules for row in schedule.rows}
    return [row for row in rows if row.id not in taken]
