"""Generated households of one to two years, with what a careful reader would call recurring and unusual in them.

The generator knows calendars, habits and banks, and nothing of how the insights work: a contract is recorded as such
when it is made, and then banks shift its days, spell its merchant, drop and double its turns. The same seed makes the
same household.
"""

import calendar
import datetime
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.rows import Row

FEWEST_PAYMENTS = 3
FEWEST_BILLS = 4  # for varying amounts
FIXED_HOLIDAYS = {(1, 1), (5, 1), (7, 4), (11, 11), (12, 25), (12, 26)}
MONTHS_OF = {"monthly": 1, "two_monthly": 2, "quarterly": 3, "six_monthly": 6, "yearly": 12}
DAYS_OF = {"weekly": 7, "fortnightly": 14, "four_weekly": 28}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract that should be found: this cadence with these rows."""

    merchant: str
    cadence: str
    outgoing: bool
    ids: frozenset[UUID]


@dataclass(slots=True)
class Household:
    """Rows and the truth about them. `either`: ids on which careful readers would disagree; not counted."""

    chance: random.Random
    first: datetime.date
    last: datetime.date
    rows: list[Row] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    unusual: list[frozenset[UUID]] = field(default_factory=list)
    either: set[UUID] = field(default_factory=set)

    def pay(self, day: datetime.date, amount: float, merchant: str, category: str) -> Row | None:
        """Add one booked row; return None outside the household's days."""
        if not self.first <= day <= self.last:
            return None
        row = Row(
            id=UUID(int=self.chance.getrandbits(128)),
            date=day,
            amount=Decimal(round(amount * 100)) / 100,
            currency="USD",
            merchant=merchant,
            category=category,
            pending=False,
        )
        self.rows.append(row)
        return row

    def days(self) -> Iterator[datetime.date]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield datetime.date.fromordinal(ordinal)

    def any_day(self) -> datetime.date:
        return datetime.date.fromordinal(self.chance.randint(self.first.toordinal(), self.last.toordinal()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:  # pylint: disable=too-many-instance-attributes  # a contract has as many
    """The terms of a contract. amount: positive is money out. `posting`: where a weekend's payment goes."""

    merchant: str
    category: str
    cadence: str
    amount: float
    day: int = 1
    rise: float = 1.0
    season: float = 0.0
    noise: float = 0.0
    drift: int = 0
    missed: int = 0
    extra: int = 0
    posting: str = "same"
    spelling: str = "plain"
    starts: float = 0.0
    ends: float = 1.0
    pause: bool = False
    moves: int = 0
    exception: bool = False


def agree(home: Household, terms: Terms) -> None:
    """Add the contract's payments to the household, and the contract to the truth."""
    chance = home.chance
    span = (home.last - home.first).days
    begin = home.first + datetime.timedelta(days=int(span * terms.starts))
    end = home.first + datetime.timedelta(days=int(span * terms.ends))
    due = [day for day in due_days(terms, home.first, home.last, chance) if begin <= day <= end]
    if terms.pause and len(due) > 9:
        at = chance.randint(4, len(due) - 5)
        due = due[:at] + due[at + 2 :]
    for _ in range(terms.missed):
        if len(due) > 6:
            due.pop(chance.randint(1, len(due) - 2))
    if terms.moves and len(due) > 9:
        at = chance.randint(4, len(due) - 5)
        due = due[:at] + [day + datetime.timedelta(days=terms.moves) for day in due[at:]]
    exception = chance.randrange(len(due)) if terms.exception and len(due) > 4 else None
    changes_at = chance.randint(2, len(due) - 1) if len(due) > 4 else len(due)
    ids = []
    for number, day in enumerate(due):
        price = terms.amount * (terms.rise if number >= changes_at else 1)
        if terms.season:
            # Winter costs more: a wave over the year, and random usage.
            price = terms.amount * (1 + terms.season * winter(day)) * chance.uniform(0.9, 1.1)
        price *= 1 + chance.gauss(0, 1) * terms.noise
        price *= chance.uniform(1.1, 1.4) if number == exception else 1
        posted = post(day + datetime.timedelta(days=chance.randint(-terms.drift, terms.drift)), terms.posting)
        row = home.pay(posted, price, spelt(terms.merchant, terms.spelling, chance), terms.category)
        if row:
            ids.append(row.id)
    for _ in range(terms.extra):
        row = home.pay(home.any_day(), terms.amount, spelt(terms.merchant, terms.spelling, chance), terms.category)
        if row:
            home.either.add(row.id)
    fewest = FEWEST_BILLS if terms.season or terms.noise else FEWEST_PAYMENTS
    if len(ids) >= fewest:
        home.contracts.append(
            Contract(merchant=terms.merchant, cadence=terms.cadence, outgoing=terms.amount > 0, ids=frozenset(ids))
        )
    else:
        home.either.update(ids)


def winter(day: datetime.date) -> float:
    """Return 1 in the middle of January, down to 0 in July."""
    return (1 + math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / 365)) / 2


def due_days(terms: Terms, first: datetime.date, last: datetime.date, chance: random.Random) -> list[datetime.date]:
    """Return the days that the contract names, before any bank moves them."""
    if terms.cadence in DAYS_OF:
        step = DAYS_OF[terms.cadence]
        start = first.toordinal() + chance.randrange(step)
        return [datetime.date.fromordinal(ordinal) for ordinal in range(start, last.toordinal() + 1, step)]
    days = []
    months = MONTHS_OF.get(terms.cadence, 1)
    phase = chance.randrange(months)
    for index in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        length = calendar.monthrange(index // 12, index % 12 + 1)[1]
        if terms.cadence == "semi_monthly":
            wanted: tuple[int, ...] = (terms.day, 31 if terms.day == 15 else terms.day + 15)
        else:
            wanted = (terms.day,) if index % months == phase else ()
        days += [datetime.date(index // 12, index % 12 + 1, min(day, length)) for day in wanted]
    return [day for day in days if first <= day <= last]


def post(day: datetime.date, posting: str) -> datetime.date:
    """Return the day the bank books it: the same, or the next or previous working day."""
    step = {"same": 0, "next": 1, "before": -1}[posting]
    while step and (day.weekday() > 4 or (day.month, day.day) in FIXED_HOLIDAYS):
        day += datetime.timedelta(days=step)
    return day


def spelt(merchant: str, spelling: str, chance: random.Random) -> str:
    """Spell the merchant as one statement line does."""
    number = chance.randrange(10**5, 10**6)
    match spelling:
        case "reference":
            return f"{merchant.upper()} {chance.choice('PRX')}{number}"
        case "hash":
            return f"{merchant} #{number}"
        case "processor":
            return f"{chance.choice(['PAYPAL *', 'PayPal *'])}{merchant} {number}"
        case "case":
            return chance.choice([merchant, merchant.upper(), merchant.lower()])
        case "legal":
            return chance.choice([merchant, f"{merchant} Inc.", f"{merchant.upper()} INC"])
        case "town":
            return f"{merchant}{chance.choice(['', '', ' LONDON', ' SAN JOSE CA', ' Intl'])}"
        case "date":
            return f"{merchant} {chance.randint(1, 12):02}/{chance.randint(2024, 2026)} REF {number}"
    return merchant
