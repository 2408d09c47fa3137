"""The payments of a generated household: its bills, wages and subscriptions, its shopping, and what goes wrong."""

import datetime
import math
import random
from collections.abc import Callable

from benchmarks.households import Household, Terms, agree, post

STREAMS = ["Streamly", "Spotly", "Cloud Box", "News Daily", "Mag Weekly", "Fit App", "Game Pass", "Audio Tales"]
RESTAURANTS = ["Trattoria Roma", "Noodle Bar", "Burger Yard", "Sushi Go", "Blue Door", "Curry House", "Taco Stand"]
SHOPS = ["Shoe Barn", "Denim Co", "Home Store", "Book Nook", "Toy Box", "Electro World", "Garden Centre", "Drugstore"]
SPELLINGS = ["plain", "plain", "plain", "reference", "hash", "processor", "case", "legal", "date", "town"]
POSTINGS = ["same", "next", "before"]


def household(seed: int) -> Household:
    chance = random.Random(seed)  # noqa: S311 - the same seed must make the same household
    first = datetime.date(2024, chance.randint(1, 12), chance.randint(1, 28))
    home = Household(chance, first, first + datetime.timedelta(days=chance.choice([365, 400, 540, 730])))
    for part in (
        bills,
        insurances,
        subscriptions,
        helpers,
        wages,
        groceries,
        small_habits,
        outings,
        shopping,
        oddities,
    ):
        part(home)
    home.rows.sort(key=lambda row: (row.date, row.id))
    return home


def bills(home: Household) -> None:
    """Add rent and the other costs of a home."""
    chance = home.chance
    posting = chance.choice(POSTINGS)
    rise = chance.choice([1.0, 1.0, chance.uniform(1.02, 1.08)])
    rent = chance.uniform(600, 2400)
    utilities = "RENT_AND_UTILITIES"
    spelling = chance.choice(["plain", "plain", "date", "case"])
    agree(
        home,
        Terms(
            merchant="Harbor Property",
            category=utilities,
            cadence="monthly",
            amount=rent,
            day=chance.choice([1, 1, 2, 3, 28, 31]),
            rise=rise,
            posting=posting,
            spelling=spelling,
        ),
    )
    agree(
        home,
        Terms(
            merchant="City Power",
            category=utilities,
            cadence=chance.choice(["monthly", "monthly", "monthly", "two_monthly"]),
            day=chance.randint(3, 28),
            drift=chance.choice([0, 0, 1, 2, 3]),
            posting=posting,
            amount=chance.uniform(30, 90),
            season=chance.uniform(0.5, 4),
        ),
    )
    agree(
        home,
        Terms(
            merchant="Water Works",
            category=utilities,
            cadence=chance.choice(["two_monthly", "quarterly"]),
            amount=chance.uniform(40, 120),
            day=chance.randint(1, 28),
            posting=posting,
        ),
    )
    agree(
        home,
        Terms(
            merchant="Net One",
            category=utilities,
            cadence="monthly",
            amount=chance.choice([19.99, 29.99, 39.95]),
            rise=chance.choice([1.0, 1.5, 2.0]),
            day=chance.randint(1, 31),
            posting=chance.choice(POSTINGS),
        ),
    )
    agree(
        home,
        Terms(
            merchant="Mobile Four",
            category=utilities,
            cadence="monthly",
            amount=chance.choice([15.0, 25.0, 38.5, 60.0]),
            day=chance.randint(1, 31),
            drift=chance.choice([0, 1, 2, 4]),
            missed=chance.choice([0, 0, 1, 2]),
            moves=chance.choice([0, 0, 0, 10]),
            exception=chance.random() < 0.3,
            spelling=chance.choice(SPELLINGS),
        ),
    )


def insurances(home: Household) -> None:
    """Add premiums, and a loan."""
    chance = home.chance
    for merchant in chance.sample(["Auto Insure", "Home Cover", "Life Mutual"], chance.randint(1, 3)):
        agree(
            home,
            Terms(
                merchant=merchant,
                category="INSURANCE",
                cadence=chance.choice(["monthly", "quarterly", "six_monthly", "yearly"]),
                amount=chance.uniform(30, 500),
                day=chance.randint(1, 28),
                rise=chance.choice([1.0, 1.0, 1.07]),
                posting=chance.choice(POSTINGS),
            ),
        )
    if chance.random() < 0.4:
        agree(
            home,
            Terms(
                merchant="Car Loan Bank",
                category="LOAN_PAYMENTS",
                cadence="monthly",
                amount=chance.uniform(150, 450),
                day=chance.randint(1, 31),
                posting="next",
            ),
        )


def subscriptions(home: Household) -> None:
    """Add streams, two or three at one store, one that was cancelled, one billed in a foreign currency."""
    chance = home.chance
    for merchant in chance.sample(STREAMS, chance.randint(2, 6)):
        agree(
            home,
            Terms(
                merchant=merchant,
                category="ENTERTAINMENT",
                cadence="monthly",
                amount=chance.choice([2.99, 4.99, 7.99, 9.99, 11.99, 15.99]),
                day=chance.randint(1, 31),
                rise=chance.choice([1.0, 1.0, 1.1, 1.2, 1.5, 0.6]),
                missed=chance.choice([0, 0, 0, 1, 2]),
                moves=chance.choice([0, 0, 0, 0, 0, 12]),
                drift=chance.choice([0, 0, 0, 1]),
                extra=chance.choice([0, 0, 0, 1]),
                noise=chance.choice([0, 0, 0, 0, 0.01, 0.02]),
                spelling=chance.choice(SPELLINGS),
                starts=chance.choice([0, 0, 0, 0.4]),
                ends=chance.choice([1, 1, 1, 0.6]),
                pause=chance.random() < 0.1,
            ),
        )
    if chance.random() < 0.5:
        prices = chance.sample([0.99, 2.99, 9.99, 10.99, 14.99], chance.choice([2, 2, 3]))
        for price, day in zip(prices, chance.sample(range(1, 29), 3), strict=False):
            agree(
                home,
                Terms(
                    merchant="App Store",
                    category="ENTERTAINMENT",
                    cadence="monthly",
                    amount=price,
                    day=day,
                    rise=chance.choice([1, 1, 1.2]),
                ),
            )
    if chance.random() < 0.6:
        agree(
            home,
            Terms(
                merchant="Jungle Market",
                category="GENERAL_MERCHANDISE",
                cadence="monthly",
                amount=8.99,
                day=chance.randint(1, 28),
            ),
        )
        for _ in range(chance.randint(5, 40)):
            home.pay(home.any_day(), chance.lognormvariate(3.3, 0.6), "Jungle Market", "GENERAL_MERCHANDISE")
    agree(
        home,
        Terms(
            merchant="Gym Nord",
            category="PERSONAL_CARE",
            cadence=chance.choice(["monthly", "fortnightly", "four_weekly"]),
            amount=chance.choice([19.9, 35.0, 45.0]),
            posting=chance.choice(POSTINGS),
            day=chance.randint(1, 28),
        ),
    )


def helpers(home: Household) -> None:
    """Add a household helper, and a school."""
    chance = home.chance
    if chance.random() < 0.5:
        agree(
            home,
            Terms(
                merchant="Clean Team",
                category="GENERAL_SERVICES",
                cadence=chance.choice(["weekly", "fortnightly"]),
                amount=chance.choice([55.0, 80.0]),
                missed=chance.choice([0, 1, 2]),
                rise=chance.choice([1.0, 1.1]),
            ),
        )
    if chance.random() < 0.3:
        agree(
            home,
            Terms(merchant="Little School", category="GENERAL_SERVICES", cadence="four_weekly", amount=240.0),
        )


def wages(home: Household) -> None:
    """Add one or two employers, a benefit, interest."""
    chance = home.chance
    for merchant in chance.sample(["Acme Payroll", "Northwind Ltd", "City Hospital"], chance.choice([1, 1, 2])):
        cadence = chance.choice(["monthly", "monthly", "semi_monthly", "fortnightly", "four_weekly", "weekly"])
        agree(
            home,
            Terms(
                merchant=merchant,
                category="INCOME",
                cadence=cadence,
                amount=-chance.uniform(500, 3500),
                day=chance.choice([1, 5, 10, 15]) if cadence == "semi_monthly" else chance.choice([15, 25, 28, 31]),
                rise=chance.choice([1.0, 1.04]),
                noise=chance.choice([0, 0, 0.02, 0.08]),
                exception=chance.random() < 0.3,
                posting="before",
            ),
        )
    if chance.random() < 0.3:
        agree(home, Terms(merchant="Child Benefit", category="INCOME", cadence="four_weekly", amount=-96.25))
    for _ in range(chance.randint(0, 6)):
        home.pay(home.any_day(), -chance.lognormvariate(3.5, 0.8), chance.choice(["Anna", "Bo", "Cid"]), "TRANSFER_IN")


def groceries(home: Household) -> None:
    """Add the big shopping on its weekday, and small shopping on any day."""
    chance = home.chance
    big, small, level = chance.choice([4, 5, 5, 6]), chance.uniform(0.1, 0.3), chance.uniform(60, 140)
    for day in home.days():
        if day.weekday() == big and chance.random() < 0.9:
            home.pay(day, level * chance.lognormvariate(0, 0.15), "Green Grocer", "FOOD_AND_DRINK")
        elif chance.random() < small:
            home.pay(day, chance.lognormvariate(2.9, 0.5), chance.choice(["Corner Shop", "Bakery"]), "FOOD_AND_DRINK")


def small_habits(home: Household) -> None:
    """Add coffee, fuel, tickets, the hairdresser: often the same price, on no schedule."""
    chance = home.chance
    coffee, ticket = chance.choice([3.9, 4.5, 5.2]), chance.choice([2.8, 20.0, 24.0])
    cup, ride = chance.uniform(0.1, 0.5), chance.uniform(0.02, 0.1)
    tank = home.first + datetime.timedelta(days=chance.randint(1, 9))
    hair = home.first + datetime.timedelta(days=chance.randint(1, 40))
    cut = chance.choice([28.0, 35.0, 60.0])
    couple = chance.random() < 0.5
    for day in home.days():
        if chance.random() < cup:
            home.pay(day, coffee, "Cafe Luna", "FOOD_AND_DRINK")
        if chance.random() < ride:
            for _ in range(2 if couple else 1):
                home.pay(day, ticket, "City Transit", "TRANSPORTATION")
        if day == tank:
            home.pay(day, 55 * chance.lognormvariate(0, 0.12), "Fuel Stop 12", "TRANSPORTATION")
            tank += datetime.timedelta(days=chance.randint(6, 17))
        if day == hair:
            home.pay(day, cut, "Hair Studio 54", "PERSONAL_CARE")
            hair += datetime.timedelta(days=chance.randint(28, 62))
        if chance.random() < 0.03:
            home.pay(day, chance.choice([20, 50, 50, 100]), "ATM Withdrawal", "GENERAL_SERVICES")


def outings(home: Household) -> None:
    """Add the same few places, at fixed prices, a few times a year or about once a month, irregularly."""
    chance = home.chance
    for merchant, price in (("Cinema Six", 12.5), ("Swim Hall", 6.0), ("Barber Joe", 25.0), ("Car Wash", 14.0)):
        visits = chance.choice([0, 3, 4, 6, 10, 14])
        for _ in range(visits):
            home.pay(home.any_day(), price * chance.choice([1, 1, 1, 2]), merchant, "ENTERTAINMENT")
    day = home.first + datetime.timedelta(days=chance.randint(0, 30))
    while day <= home.last:
        home.pay(day, bounded(chance, 4.5, 0.5), "Warehouse Club", "GENERAL_MERCHANDISE")
        day += datetime.timedelta(days=chance.randint(18, 44))


def shopping(home: Household) -> None:
    """Add restaurants, shops, medicine, a market with a code in each line, and returns."""
    chance = home.chance
    dine, shop = chance.uniform(0.03, 0.15), chance.uniform(0.03, 0.1)
    for day in home.days():
        if chance.random() < dine:
            home.pay(day, bounded(chance, 3.4, 0.4), chance.choice(RESTAURANTS), "FOOD_AND_DRINK")
        if chance.random() < shop:
            row = home.pay(day, bounded(chance, 3.7, 0.6), chance.choice(SHOPS), "GENERAL_MERCHANDISE")
            if row and chance.random() < 0.1:
                back = day + datetime.timedelta(days=chance.randint(2, 20))
                home.pay(back, -float(row.amount), row.merchant or "", row.category)
        if chance.random() < 0.03:
            code = "".join(chance.choices("0123456789ABCDEFGHKMRTX", k=8))
            home.pay(day, bounded(chance, 3.2, 0.6), f"Bazaar Mktp*{code}", "GENERAL_MERCHANDISE")
        if chance.random() < 0.01:
            home.pay(day, bounded(chance, 2.8, 0.4), "Pharmacy", "MEDICAL")


def bounded(chance: random.Random, mu: float, sigma: float) -> float:
    """Draw a usual price, never so extreme that anybody would ask about it."""
    return math.exp(mu) * min(max(chance.lognormvariate(0, sigma), 0.3), 2.6)


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
