"""Households of another kind: a couple with two accounts, savings and a card, a child at school, cash, and refunds.

The method's parameters were never tuned on these: they show whether it generalizes.
"""

import datetime
import random
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.rows import Row
from benchmarks.household_life import groceries, shopping, small_habits
from benchmarks.household_oddities import huge_in_category, note_unusual
from benchmarks.households import Contract, Household, Terms, agree, due_days, post

HIS, HERS, SAVINGS, CARD = "his", "hers", "savings", "card"


def couple(seed: int) -> Household:
    chance = random.Random(f"couple {seed}")  # noqa: S311 - the same seed must make the same household
    first = datetime.date(2023, chance.randint(1, 12), chance.randint(1, 28))
    home = Household(chance, first, first + datetime.timedelta(days=chance.choice([365, 500, 731])))
    parts: list[Callable[[Household], None]] = [
        home_and_bills,
        twins,
        school,
        pay_days,
        refunded_subscription,
        rises_twice,
        groceries,
        small_habits,
        shopping,
        tips,
        cash,
        two_tickets,
        oddities,
    ]
    for part in parts:
        part(home)
    home.rows = [row if row.account_id else on_its_account(row) for row in home.rows]
    saving_and_card(home)
    home.rows.sort(key=lambda row: (row.date, row.id))
    return home


def on_its_account(row: Row) -> Row:
    """Put wages on her account, and all other rows on the card."""
    if row.category == "INCOME":
        return row._replace(account_id=HERS, account_type="depository")
    return row._replace(account_id=CARD, account_type="credit")


def pay_from(home: Household, account: str, day: datetime.date, amount: float, merchant: str, category: str) -> None:
    """Add one row on a separate account; it is not part of the truth."""
    if row := home.pay(day, amount, merchant, category):
        home.rows[-1] = row._replace(account_id=account, account_type="depository")


def home_and_bills(home: Household) -> None:
    """Add rent at the month's end, bills for usage, and bills once or twice a year."""
    chance = home.chance
    rent, power, water = chance.uniform(700, 1900), chance.uniform(50, 120), chance.uniform(70, 150)
    bills = "RENT_AND_UTILITIES"
    for terms in (
        Terms(merchant="Mill Estates", category=bills, cadence="monthly", amount=rent, day=chance.choice([29, 30, 31])),
        Terms(
            merchant="Grid Power", category=bills, cadence="monthly", amount=power, day=12, season=0.8, posting="next"
        ),
        Terms(merchant="Town Water", category=bills, cadence="quarterly", amount=water, day=8, noise=0.15),
        Terms(merchant="Prepaid Mobile", category=bills, cadence="four_weekly", amount=15.0),
        Terms(
            merchant="Safe Car",
            category="GENERAL_SERVICES",
            cadence=chance.choice(["six_monthly", "quarterly", "yearly"]),
            amount=chance.uniform(150, 420),
            rise=chance.choice([1.0, 1.06]),
            day=chance.randint(1, 31),
        ),
    ):
        agree(home, terms)


def twins(home: Household) -> None:
    """Add two contracts at one price with one merchant, half a month apart, such as two telephones."""
    chance = home.chance
    day = chance.randint(1, 13)
    price = chance.choice([9.99, 12.0, 24.9])
    for due in (day, day + chance.choice([14, 15, 16])):
        agree(
            home, Terms(merchant="Phone Two", category="RENT_AND_UTILITIES", cadence="monthly", amount=price, day=due)
        )


def school(home: Household) -> None:
    """Add school meals, each month except July and August."""
    terms = Terms(merchant="School Meals", category="GENERAL_SERVICES", cadence="monthly", amount=64.0, day=5)
    due = [day for day in due_days(terms, home.first, home.last, home.chance) if day.month not in (7, 8)]
    note_contract(home, "School Meals", "monthly", [(post(day, "next"), 64.0) for day in due])


def note_contract(home: Household, merchant: str, cadence: str, payments: list[tuple[datetime.date, float]]) -> None:
    """Add these payments, and record them as a contract."""
    rows = [home.pay(day, amount, merchant, "GENERAL_SERVICES") for day, amount in payments]
    ids = frozenset(row.id for row in rows if row)
    home.contracts.append(Contract(merchant=merchant, cadence=cadence, outgoing=True, ids=ids))


def pay_days(home: Household) -> None:
    """Add wages: hers every other Friday, his on the last working day, with a bonus once a year."""
    chance = home.chance
    agree(
        home,
        Terms(merchant="North Clinic", category="INCOME", cadence=chance.choice(["fortnightly", "semi_monthly"]),
              amount=-chance.uniform(900, 1900), day=15, posting="before"),
    )  # fmt: skip
    agree(
        home,
        Terms(merchant="Harbour Works", category="INCOME", cadence="monthly", amount=-chance.uniform(1800, 3200),
              day=31, posting="before"),
    )  # fmt: skip
    bonus = home.pay(home.any_day(), -chance.uniform(3000, 6000), "Harbour Works", "INCOME")
    if bonus:
        home.either.add(bonus.id)


def refunded_subscription(home: Household) -> None:
    """Add a stream with one refunded turn."""
    agree(home, Terms(merchant="Video Box", category="ENTERTAINMENT", cadence="monthly", amount=13.99, day=9))
    turns = [row for row in home.rows if row.merchant == "Video Box"]
    row = home.chance.choice(turns)
    home.pay(row.date + datetime.timedelta(days=4), -13.99, "Video Box", "ENTERTAINMENT")


def rises_twice(home: Household) -> None:
    """Add a price that rose twice, in a foreign currency whose exchange rate changes the cents."""
    terms = Terms(merchant="News Abroad", category="ENTERTAINMENT", cadence="monthly", amount=8.0, day=17)
    due = due_days(terms, home.first, home.last, home.chance)
    prices = [8.0 if turn < 4 else 9.5 if turn < 8 else 11.0 for turn in range(len(due))]
    note_contract(home, "News Abroad", "monthly", list(zip(due, prices, strict=True)))


def tips(home: Household) -> None:
    """Add the same restaurant nearly each week, with varying tips."""
    day = home.first + datetime.timedelta(days=3)
    while day <= home.last:
        home.pay(day, 42 * home.chance.uniform(1, 1.25), "Corner Bistro", "FOOD_AND_DRINK")
        day += datetime.timedelta(days=home.chance.choice([6, 7, 7, 8, 14]))


def cash(home: Household) -> None:
    """Withdraw the same amount of cash each Friday."""
    day = home.first
    while day <= home.last:
        if day.weekday() == 4:
            pay_from(home, HIS, day, 80.0, "ATM WITHDRAWAL 0412", "TRANSFER_OUT")
        day += datetime.timedelta(days=1)


def two_tickets(home: Household) -> None:
    """Add two tickets, one from each account: not a double charge."""
    for _ in range(home.chance.randint(1, 3)):
        day, price = home.any_day(), home.chance.uniform(60, 140)
        for account in (HIS, HERS):
            pay_from(home, account, day, price, "Opera House", "ENTERTAINMENT")


def oddities(home: Household) -> None:
    """Add what a user would want to know about."""
    huge_in_category(home)
    note_unusual(home, home.any_day(), home.chance.uniform(2000, 5000), "Roof Repair", "HOME_IMPROVEMENT")
    day, price = home.any_day(), home.chance.uniform(50, 120)
    rows = [home.pay(day, price, "Garden Centre", "GENERAL_MERCHANDISE") for _ in range(2)]
    home.unusual.append(frozenset(row.id for row in rows if row))


def saving_and_card(home: Household) -> None:
    """Add monthly savings, some withdrawals, and the card's bill: neither spending nor income."""
    months = sorted({(row.date.year, row.date.month) for row in home.rows})
    for year, month in months[1:]:
        last = datetime.date(year, month, 1) - datetime.timedelta(days=1)
        bill = sum(
            (row.amount for row in home.rows if row.account_id == CARD and same_month(row.date, last)), Decimal(0)
        )
        move(home, HIS, CARD, datetime.date(year, month, 10), bill, "LOAN_PAYMENTS")
        move(home, HERS, SAVINGS, datetime.date(year, month, 2), Decimal(350), "TRANSFER_OUT")
    move(home, SAVINGS, HIS, home.any_day(), Decimal(6000), "TRANSFER_OUT")


def same_month(one: datetime.date, other: datetime.date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def move(home: Household, source: str, target: str, day: datetime.date, amount: Decimal, category: str) -> None:
    """Add both sides of one move, a day apart."""
    if amount <= 0 or not home.first <= day < home.last:
        return
    for account, later, signed in ((source, 0, amount), (target, 1, -amount)):
        home.rows.append(
            Row(
                id=UUID(int=home.chance.getrandbits(128)),
                date=day + datetime.timedelta(days=later),
                amount=signed,
                currency="USD",
                merchant=f"Transfer {source} {target}",
                category=category if signed > 0 or category == "LOAN_PAYMENTS" else "TRANSFER_IN",
                pending=False,
                account_id=account,
                account_type="credit" if account == CARD else "depository",
            )
        )
