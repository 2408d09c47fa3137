"""Finds the two sides of a move between two of the user's accounts in one currency.

The sides have the same amount in opposite directions, at most MOST_DAYS_APART. The surest pairs are found first: a
refund that happens to have the amount of a payment is its other side only if there is no better one.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from uuid import UUID

from app.insights.analysis import signs
from app.insights.analysis.rows import Row, grouped

MOST_DAYS_APART = 5
MOST_LOOKED_AT = 50  # of one amount within a few days; a person has two or three

Sign = Callable[[Row], bool]

PAYMENTS: tuple[tuple[Sign, Sign], ...] = (
    (signs.may_pay_card, partial(signs.is_payment_on, signs.CARD)),
    (signs.pays_loan, partial(signs.is_payment_on, signs.LOAN)),
)
"""The signs of the two sides of a payment of a debt: of the money out, and of the money in."""
KINDS: tuple[tuple[Sign, Sign], ...] = (
    *PAYMENTS,
    (signs.is_card_payment, signs.is_named_on_unknown_account),
    (signs.looks_moved, signs.looks_moved),
    (signs.looks_moved, signs.may_be_moved),
    (signs.may_be_moved, signs.looks_moved),
    (signs.may_move_to_card, signs.is_reward_or_payment),
    (signs.looks_moved, partial(signs.lowers, signs.LOAN)),
    (signs.is_card_payment, partial(signs.lowers, signs.CARD)),
)
"""The signs of the two sides of any move, the surest first."""


def paired(rows: Iterable[Row]) -> set[UUID]:
    """Return both sides of each move. Of one kind, the nearest days are preferred, unless earliest first pairs more."""
    found: set[UUID] = set()
    for members in grouped(rows, lambda row: (row.currency, abs(row.amount))).values():
        outgoing = in_turn(row for row in members if row.account_id and row.amount > 0)
        incoming = in_turn(row for row in members if row.account_id and row.amount < 0)
        if outgoing and incoming:
            found |= pairs_among(outgoing, incoming)
    return found


def in_turn(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.date, row.id))


def pairs_among(outgoing: Sequence[Row], incoming: Sequence[Row]) -> set[UUID]:
    """Pair rows of one amount, both by day."""
    found: set[UUID] = set()
    for sign_out, sign_in in KINDS:
        ins = [row for row in incoming if row.id not in found and sign_in(row)]
        outs = [row for row in outgoing if ins and row.id not in found and sign_out(row)]
        for near_outs, near_ins in runs(outs, ins):
            nearest = pairs_by_distance(near_outs, near_ins)
            if len(nearest) < 2 * min(len(near_outs), len(near_ins)):
                # Equal transfers each week that take four days: the nearest rows belong to different ones.
                nearest = max(nearest, pairs_in_order(near_outs, near_ins), key=len)
            found |= nearest
    return found


def runs(outs: Sequence[Row], ins: Sequence[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Part the rows where nothing happens for more than MOST_DAYS_APART; leave out runs in one direction only."""
    run: list[Row] = []
    for row in [*in_turn([*outs, *ins]), None]:
        if run and (row is None or (row.date - run[-1].date).days > MOST_DAYS_APART):
            parted = [one for one in run if one.amount > 0], [one for one in run if one.amount < 0]
            if all(parted):
                yield parted
            run = []
        if row is not None:
            run.append(row)


def pairs_by_distance(outs: Sequence[Row], ins: Sequence[Row]) -> set[UUID]:
    """Pair the nearest rows first."""
    found: set[UUID] = set()
    for apart in range(MOST_DAYS_APART + 1):
        found |= pairs_at_distance(apart, outs, ins, found)
    return found


def pairs_in_order(outs: Sequence[Row], ins: Sequence[Row]) -> set[UUID]:
    """Pair each row with the earliest that is near enough."""
    found: set[UUID] = set()
    waiting = deque(ins)
    for out in outs:
        while waiting and (out.date - waiting[0].date).days > MOST_DAYS_APART:
            waiting.popleft()
        candidates = islice(waiting, MOST_LOOKED_AT)
        other = next((row for row in candidates if row.account_id != out.account_id), None)
        if other is not None and (other.date - out.date).days <= MOST_DAYS_APART:
            waiting.remove(other)
            found |= {out.id, other.id}
    return found


def pairs_at_distance(apart: int, outs: Sequence[Row], ins: Sequence[Row], taken: set[UUID]) -> set[UUID]:
    """Pair rows that are exactly this many days apart and not yet taken."""
    found: set[UUID] = set()
    waiting: dict[int, dict[str, deque[Row]]] = defaultdict(lambda: defaultdict(deque))
    for row in ins:
        if row.id not in taken:
            waiting[row.date.toordinal()][row.account_id].append(row)
    for out in outs:
        if out.id in taken:
            continue
        for day in sorted({out.date.toordinal() + apart, out.date.toordinal() - apart}, reverse=True):
            accounts = waiting.get(day, {})
            account = next((one for one in accounts if one != out.account_id), None)
            if account is not None:
                found |= {out.id, accounts[account].popleft().id}
                if not accounts[account]:
                    del accounts[account]
                break
    return found
