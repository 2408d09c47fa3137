"""The payments of a generated household: its contracts, its shopping, and what goes wrong."""

import datetime
import math
import random

from benchmarks.household_contracts import bills, helpers, insurances, subscriptions, wages
from benchmarks.household_oddities import SHOPS, oddities
from benchmarks.households import Household

RESTAURANTS = ["Trattoria Roma", "Noodle Bar", "Burger Yard", "Sushi Go", "Blue Door", "Curry House", "Taco Stand"]


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
