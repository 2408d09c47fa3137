"""A year of two households with the responses a careful reader would give, and why.

Each line is one merchant's year: when, how much, what the insights should say about it, and the reason. A line that
expects nothing is there because a wrong finding about it is likely.
"""

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.cadences import Cadence
from app.insights.analysis.rows import Row

YEAR = 2025
Days = list[datetime.date]


def day(text: str) -> datetime.date:
    """Parse a day of the year, as 03-15; or of another year, as 2024-03-15."""
    return datetime.date.fromisoformat(text if len(text) > len("03-15") else f"{YEAR}-{text}")


def on(*texts: str) -> Days:
    return [day(text) for text in texts]


def monthly(number: int, *, months: Iterable[int] = range(1, 13), year: int = YEAR) -> Days:
    """Return a day of each month; the last one of shorter months."""
    return [datetime.date(year, month, min(number, calendar.monthrange(year, month)[1])) for month in months]


def every(days: int, start: str, *, without: Iterable[str] = (), until: str = "12-31") -> Days:
    """Return every so many days until the end."""
    left_out = set(on(*without))
    ordinals = range(day(start).toordinal(), day(until).toordinal() + 1, days)
    return [found for found in map(datetime.date.fromordinal, ordinals) if found not in left_out]


def weekday(days: Days) -> Days:
    """Move weekend days to the Monday after."""
    return [one + datetime.timedelta(days=max(0, 7 - one.weekday()) if one.weekday() > 4 else 0) for one in days]


def friday(days: Days) -> Days:
    """Move weekend days to the Friday before."""
    return [one - datetime.timedelta(days=max(0, one.weekday() - 4)) for one in days]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A merchant's payments. `series`: for each expected series, its cadence and number of occurrences.

    `change`: the price before and after. `unusual`: the amounts that should be reported. Amounts repeat in occurrences.
    """

    merchant: str
    category: str
    days: Days
    amounts: list[str]
    why: str
    series: list[tuple[Cadence, int]] | None = None
    change: tuple[str, str] | None = None
    unusual: list[str] | None = None
    numbered: bool = False


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A household: its name and its lines."""

    name: str
    lines: list[Line]

    def rows(self) -> list[Row]:
        found = []
        for line in self.lines:
            for index, date in enumerate(line.days):
                found.append(
                    Row(
                        id=UUID(int=len(found) + 1),
                        date=date,
                        amount=Decimal(line.amounts[index % len(line.amounts)]),
                        currency="USD",
                        merchant=f"{line.merchant} P{7919 * (index + 3) % 999983:06}"
                        if line.numbered
                        else line.merchant,
                        category=line.category,
                        pending=False,
                    )
                )
        return found


HOME, FUN, FOOD = "RENT_AND_UTILITIES", "ENTERTAINMENT", "FOOD_AND_DRINK"
SHOP, PAY, SERVICE = "GENERAL_MERCHANDISE", "INCOME", "GENERAL_SERVICES"
WINTER_TO_SUMMER = ["182.10", "160.40", "120.90", "84.30", "60.20", "58.80"]
SUMMER_TO_WINTER = ["91.00", "99.70", "70.10", "75.50", "110.60", "171.20"]
ONE_MONTHLY = [(Cadence.MONTHLY, 12)]

SINGLE_IN_A_FLAT = Labelled(
    name="single in a flat",
    lines=[
        Line(
            merchant="Harbor Property",
            category=HOME,
            days=weekday(monthly(1)),
            amounts=["1450.00"],
            series=ONE_MONTHLY,
            why="The rent, on the next working day: large beside the other bills, and the same each month",
        ),
        Line(
            merchant="City Power",
            category=HOME,
            days=monthly(20),
            amounts=[*WINTER_TO_SUMMER, *SUMMER_TO_WINTER],
            series=ONE_MONTHLY,
            why="A bill by use: three times as much in winter, always on the 20th; no change of price",
        ),
        Line(
            merchant="Promo Net",
            category=HOME,
            days=monthly(25),
            amounts=["29.99"] * 6 + ["59.99"] * 6,
            series=ONE_MONTHLY,
            change=("29.99", "59.99"),
            why="An offer for half a year ended: one contract whose price doubled",
        ),
        Line(
            merchant="App Store",
            category=FUN,
            days=monthly(3),
            amounts=["9.99"],
            series=[*ONE_MONTHLY, *ONE_MONTHLY],
            why="Two subscriptions at one merchant (see the next line), half a month apart: not one fortnightly one",
        ),
        Line(merchant="App Store", category=FUN, days=monthly(18), amounts=["10.99"], why="See the line before"),
        Line(
            merchant="SPOTLY",
            category=FUN,
            days=monthly(22),
            amounts=["11.99"],
            numbered=True,
            series=ONE_MONTHLY,
            why="Each payment has another reference in its name",
        ),
        Line(
            merchant="Cloud Box",
            category=SERVICE,
            days=monthly(9, months=[1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]),
            amounts=["2.99"],
            series=[(Cadence.MONTHLY, 11)],
            why="June is missing; still one contract",
        ),
        Line(
            merchant="Music Max",
            category=FUN,
            days=sorted([*monthly(11), day("08-19")]),
            amounts=["9.99"],
            series=ONE_MONTHLY,
            why="Taken a second time on 19 August, which is no occurrence",
        ),
        Line(
            merchant="Video Home",
            category=FUN,
            days=monthly(7),
            amounts=["9.21", "9.34", "9.18", "9.40", "9.29", "9.11", "9.25", "9.37", "9.30", "9.19", "9.42", "9.28"],
            series=ONE_MONTHLY,
            why="Billed in another currency: the exchange rate is no change of price",
        ),
        Line(
            merchant="Acme Payroll",
            category=PAY,
            days=friday(sorted([*monthly(15), *monthly(31)])),
            amounts=["-2100.00"],
            series=[(Cadence.SEMI_MONTHLY, 24)],
            why="On the 15th and the last day, on the Friday before a weekend: semi-monthly, not fortnightly",
        ),
        Line(
            merchant="Cafe Luna",
            category=FOOD,
            days=every(6, "01-01"),
            amounts=["7.10", "7.70", "8.00", "4.15", "6.35", "8.70", "7.25", "8.50", "4.55"],
            why="Coffee: often, on no day, not always the same",
        ),
        Line(
            merchant="Fancy Place",
            category=FOOD,
            days=on("08-08"),
            amounts=["240.00"],
            unusual=["240.00"],
            why="Thirty times what eating out takes otherwise",
        ),
        Line(
            merchant="Dentist",
            category="MEDICAL",
            days=on("12-03"),
            amounts=["3000.00"],
            unusual=["3000.00"],
            why="The only row of its category, and more than anything else in the year",
        ),
        Line(
            merchant="Shoe Shop",
            category=SHOP,
            days=on("09-09", "09-09"),
            amounts=["75.00"],
            unusual=["150.00"],
            why="The same twice on one day",
        ),
        Line(
            merchant="Hat Shop",
            category=SHOP,
            days=on("09-20", "09-21"),
            amounts=["80.00"],
            why="The same on the next day may be a second visit: not said to be a double charge",
        ),
        Line(
            merchant="Refund Shop",
            category=SHOP,
            days=on("10-02", "10-02", "10-04"),
            amounts=["99.00", "99.00", "-99.00"],
            why="Taken twice, and given back once: settled",
        ),
    ],
)

FAMILY_IN_A_HOUSE = Labelled(
    name="family in a house",
    lines=[
        Line(
            merchant="Mortgage Bank",
            category="LOAN_PAYMENTS",
            days=weekday(monthly(31)),
            amounts=["1890.00"],
            series=ONE_MONTHLY,
            why="The last day of each month, on the next working day: sometimes in the month after",
        ),
        Line(
            merchant="Green Grocer",
            category=FOOD,
            days=every(7, "01-04"),
            amounts=["82.69", "96.95", "95.28", "85.10", "89.91", "88.99", "93.03", "95.77", "81.88", "80.57", "96.72"],
            why="The big shop each Saturday: punctual as a contract, and none",
        ),
        Line(
            merchant="Clean Team",
            category=SERVICE,
            days=every(7, "01-03", without=["06-27"]),
            amounts=["80.00"],
            series=[(Cadence.WEEKLY, 51)],
            why="Weekly at a fixed price is a contract; one week of holidays",
        ),
        Line(
            merchant="Water Works",
            category=HOME,
            days=monthly(7, months=range(1, 13, 2)),
            amounts=["64.00"],
            series=[(Cadence.TWO_MONTHLY, 6)],
            why="Every two months",
        ),
        Line(
            merchant="Auto Insure",
            category="INSURANCE",
            days=on("2024-01-10", "2024-07-10", "01-10", "07-10"),
            amounts=["480.00", "480.00", "495.00", "510.00"],
            series=[(Cadence.SIX_MONTHLY, 4)],
            change=("495.00", "510.00"),
            why="Twice a year, and dearer nearly every time",
        ),
        Line(
            merchant="Club Annual",
            category=SERVICE,
            days=on("2023-02-01", "2024-02-01", "02-03"),
            amounts=["60.00"],
            series=[(Cadence.YEARLY, 3)],
            why="Three years are enough to call it yearly, with low confidence",
        ),
        Line(
            merchant="Domain Reg",
            category=SERVICE,
            days=on("2024-03-03", "03-03"),
            amounts=["22.00"],
            why="Two payments may be anything",
        ),
        Line(
            merchant="Drift Telecom",
            category=HOME,
            days=on("01-15", "02-17", "03-12", "04-16", "05-18", "06-15", "07-13", "08-19", "09-15", "10-16")
            + on("11-14", "12-17"),
            amounts=["60.00"],
            series=ONE_MONTHLY,
            why="Four days early or late, but always the same",
        ),
        Line(
            merchant="Moved Mobile",
            category=HOME,
            days=[*monthly(5, months=range(1, 7)), *monthly(20, months=range(7, 13))],
            amounts=["38.00"] * 3 + ["46.20"] + ["38.00"] * 8,
            series=ONE_MONTHLY,
            why="The due day was moved in July; a dearer April is no change of price",
        ),
        Line(
            merchant="Two Phones",
            category=HOME,
            days=sorted([*monthly(10), *monthly(10)]),
            amounts=["25.00"],
            series=[*ONE_MONTHLY, *ONE_MONTHLY],
            why="Two contracts at the same price on the same day: not a double charge each month",
        ),
        Line(
            merchant="Old Mag",
            category=FUN,
            days=monthly(8, months=range(1, 7)),
            amounts=["7.50"],
            series=[(Cadence.MONTHLY, 6)],
            why="Cancelled in June: ended",
        ),
        Line(
            merchant="Hair Studio",
            category="PERSONAL_CARE",
            days=on("01-11", "02-22", "03-22", "05-10", "06-14", "08-09", "09-13", "10-18", "12-06"),
            amounts=["35.00"],
            why="The same price every four to eight weeks: a habit on no schedule",
        ),
        Line(
            merchant="Four Weekly",
            category=PAY,
            days=every(28, "01-02"),
            amounts=["-500.00"],
            series=[(Cadence.FOUR_WEEKLY, 13)],
            why="Thirteen times a year: not monthly",
        ),
        Line(
            merchant="Shift Work",
            category=PAY,
            days=every(14, "01-10"),
            amounts=["-812.40", "-799.10", "-905.75", "-760.00", "-833.33", "-870.20"],
            series=[(Cadence.FORTNIGHTLY, 26)],
            why="Wages by the hour differ each time and are wages all the same",
        ),
    ],
)

HOUSEHOLDS = [SINGLE_IN_A_FLAT, FAMILY_IN_A_HOUSE]
