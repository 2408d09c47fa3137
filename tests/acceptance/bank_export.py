"""A bank's export with the summary that it must give."""

import random
from collections import defaultdict
from decimal import Decimal

CATEGORIES = ("FOOD_AND_DRINK", "RENT_AND_UTILITIES", "TRANSPORTATION", "TRAVEL", "ENTERTAINMENT")


def bank_export(rows: int) -> tuple[bytes, dict[tuple[str, str], tuple[Decimal, int, int]]]:
    """Generate a CSV and the summary that it must give: (month, category) -> total, booked, pending."""
    chance = random.Random(20261122)  # noqa: S311 - test data, the same each time
    lines = ["account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending"]
    cents: dict[tuple[str, str], int] = defaultdict(int)
    booked: dict[tuple[str, str], int] = defaultdict(int)
    pending: dict[tuple[str, str], int] = defaultdict(int)
    for number in range(rows):
        month, day = chance.randint(1, 12), chance.randint(1, 28)
        amount, category = chance.randint(-50_000, 200_000), chance.choice(CATEGORIES)
        is_pending = chance.random() < 0.05
        channel = chance.choice(("online", "in store", "other"))
        text = f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
        lines.append(
            f"acc-{number % 3},2025-{month:02d}-{day:02d},{text},Merchant {number % 500},"
            f"{channel},{category},{str(is_pending).lower()}"
        )
        group = (f"2025-{month:02d}", category)
        if is_pending:
            pending[group] += 1
        else:
            cents[group] += amount
            booked[group] += 1
    expected = {
        group: (Decimal(cents[group]) / 100, booked[group], pending[group]) for group in booked.keys() | pending.keys()
    }
    return ("\n".join(lines) + "\n").encode(), expected
