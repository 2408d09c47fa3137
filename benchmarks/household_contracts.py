"""The contracts of a generated household: its bills, insurances, subscriptions, helpers and wages.

The order of the random draws decides what a seed gives, so that figures stay comparable.
"""

from benchmarks.households import Household, Terms, agree

STREAMS = ["Streamly", "Spotly", "Cloud Box", "News Daily", "Mag Weekly", "Fit App", "Game Pass", "Audio Tales"]
SPELLINGS = ["plain", "plain", "plain", "reference", "hash", "processor", "case", "legal", "date", "town"]
POSTINGS = ["same", "next", "before"]
UTILITIES = "RENT_AND_UTILITIES"


def bills(home: Household) -> None:
    """Add rent and the other costs of a home."""
    posting = home.chance.choice(POSTINGS)
    rent(home, posting)
    power_and_water(home, posting)
    telephone_and_internet(home)


def rent(home: Household, posting: str) -> None:
    chance = home.chance
    rise = chance.choice([1.0, 1.0, chance.uniform(1.02, 1.08)])
    amount = chance.uniform(600, 2400)
    spelling = chance.choice(["plain", "plain", "date", "case"])
    agree(
        home,
        Terms(
            merchant="Harbor Property",
            category=UTILITIES,
            cadence="monthly",
            amount=amount,
            day=chance.choice([1, 1, 2, 3, 28, 31]),
            rise=rise,
            posting=posting,
            spelling=spelling,
        ),
    )


def power_and_water(home: Household, posting: str) -> None:
    chance = home.chance
    agree(
        home,
        Terms(
            merchant="City Power",
            category=UTILITIES,
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
            category=UTILITIES,
            cadence=chance.choice(["two_monthly", "quarterly"]),
            amount=chance.uniform(40, 120),
            day=chance.randint(1, 28),
            posting=posting,
        ),
    )


def telephone_and_internet(home: Household) -> None:
    chance = home.chance
    agree(
        home,
        Terms(
            merchant="Net One",
            category=UTILITIES,
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
            category=UTILITIES,
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
    """Add streams, one of them cancelled, and memberships."""
    streams(home)
    several_at_one_store(home)
    market_membership(home)
    gym(home)


def streams(home: Household) -> None:
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


def several_at_one_store(home: Household) -> None:
    """Add two or three subscriptions that one store charges."""
    chance = home.chance
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


def market_membership(home: Household) -> None:
    """Add a membership at a market where the household also buys."""
    chance = home.chance
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


def gym(home: Household) -> None:
    chance = home.chance
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
