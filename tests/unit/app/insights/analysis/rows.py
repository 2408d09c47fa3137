"""Rows of money for examples and properties."""

import datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from app.insights.analysis.rows import Row

START = datetime.date(2026, 1, 15)


def row(number: int, date: datetime.date, amount: str, merchant: str | None = "Streamly", **other: object) -> Row:
    fields = {"currency": "USD", "category": "ENTERTAINMENT", "pending": False, **other}
    return Row(id=UUID(int=number), date=date, amount=Decimal(amount), merchant=merchant, **fields)


@st.composite
def any_rows(draw: st.DrawFn) -> list[Row]:
    parts = st.tuples(
        st.integers(0, 420),
        st.integers(-50_000, 50_000),
        st.sampled_from([None, "Streamly", "streamly", "Shop", "Employer"]),
        st.sampled_from(["FOOD", "RENT", "INCOME"]),
        st.sampled_from(["USD", "EUR"]),
        st.booleans(),
    )
    return [
        row(
            number,
            START + datetime.timedelta(days=days),
            str(Decimal(cents) / 100),
            merchant,
            category=category,
            currency=currency,
            pending=pending,
        )
        for number, (days, cents, merchant, category, currency, pending) in enumerate(
            draw(st.lists(parts, max_size=60))
        )
    ]
