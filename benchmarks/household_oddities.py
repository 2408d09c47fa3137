"""The unusual payments of a generated household, and some that only look unusual."""

import datetime
from collections.abc import Callable

from benchmarks.households import Household, post

SHOPS = ["Shoe Barn", "Denim Co", "Home Store", "Book Nook", "Toy Box", "Electro World", "Garden Centre", "Drugstore"]


def oddities(home: Household) -> None:
    """Add what a user would want to know about, and some rows that only look like it."""
    kinds: list[Callable[[Household], None]] = [huge_in_category, bill_in_rare_category, double_charge, slipped_comma]
    for kind in kinds:
        for _ in range(home.chance.choice([0, 1, 1, 2])):
            kind(home)
    refunded_double(home)
    if home.chance.random() < 0.5:  # A holiday: some users would ask, some would not.
        row = home.pay(home.any_day(), home.chance.uniform(250, 700), "Sky Air", "TRAVEL")
        if row:
            home.either.add(row.id)


def huge_in_category(home: Household) -> None:
    """Add a purchase much larger than all others of its kind."""
    chance = home.chance
    merchant, category, least = chance.choice(
        [("Grand Maison", "FOOD_AND_DRINK", 450), ("Electro World", "GENERAL_MERCHANDISE", 1200)]
    )
    note_unusual(home, home.any_day(), least * chance.uniform(1, 2.5), merchant, category)


def bill_in_rare_category(home: Household) -> None:
    """Add a large bill in a category with hardly any."""
    chance = home.chance
    merchant, category = chance.choice(
        [("Dental Practice", "MEDICAL"), ("Roof Repair", "HOME_IMPROVEMENT"), ("Vet Clinic", "PETS")]
    )
    note_unusual(home, home.any_day(), chance.uniform(1800, 6000), merchant, category)


def slipped_comma(home: Household) -> None:
    """Add ten times the price at a place that always takes the same."""
    note_unusual(home, home.any_day(), home.chance.uniform(400, 560), "Fuel Stop 12", "TRANSPORTATION")


def note_unusual(home: Household, day: datetime.date, amount: float, merchant: str, category: str) -> None:
    """Add the payment, and record it as unusual."""
    row = home.pay(day, amount, merchant, category)
    if row:
        home.unusual.append(frozenset([row.id]))


def double_charge(home: Household) -> None:
    """Add the same price twice on a day, at a shop where that is not normal."""
    chance = home.chance
    day, price, merchant = home.any_day(), chance.uniform(40, 120), chance.choice(SHOPS)
    rows = [home.pay(day, price, merchant, "GENERAL_MERCHANDISE") for _ in range(2)]
    home.unusual.append(frozenset(row.id for row in rows if row))


def refunded_double(home: Household) -> None:
    """Add a charge that was taken twice and refunded once: settled."""
    day = home.any_day()
    price = home.chance.uniform(40, 120)
    for amount, later in ((price, 0), (price, 0), (-price, 3)):
        home.pay(post(day + datetime.timedelta(days=later), "next"), amount, "Refund Shop", "GENERAL_MERCHANDISE")
