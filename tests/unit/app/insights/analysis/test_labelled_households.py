"""The insights about the labelled households agree with their labels."""

import datetime
from collections import Counter
from decimal import Decimal
from itertools import groupby

import pytest

from app.insights.analysis.recurring import Confidence, Direction, Series, Status, recurring
from app.insights.analysis.unusual import unusual
from tests.unit.app.insights.analysis.labelled_households import (
    FAMILY_IN_A_HOUSE,
    HOUSEHOLDS,
    SINGLE_IN_A_FLAT,
    Labelled,
)

MERCHANTS = [
    pytest.param(home, name, id=f"{home.name}: {name}")
    for home in HOUSEHOLDS
    for name, _ in groupby(line.merchant for line in home.lines)
]


def series_of(home: Labelled, merchant: str) -> list[Series]:
    rows = home.rows()
    return [one for way in Direction for one in recurring(rows, way) if one.merchant == merchant]


@pytest.mark.parametrize(("home", "merchant"), MERCHANTS)
def test_each_merchants_series_are_those_of_its_label(home, merchant):
    lines = [line for line in home.lines if line.merchant == merchant]
    found = series_of(home, merchant)
    why = "; ".join(line.why for line in lines)
    wanted = [one for line in lines for one in line.series or []]
    assert Counter((one.cadence, len(one.transaction_ids)) for one in found) == Counter(wanted), why
    changes = [line.change for line in lines if line.change]
    seen = [(str(one.price_change.before), str(one.price_change.after)) for one in found if one.price_change]
    assert seen == changes, why


@pytest.mark.parametrize("home", HOUSEHOLDS, ids=lambda home: home.name)
def test_the_unusual_charges_are_those_of_the_labels(home):
    wanted = Counter((line.merchant, Decimal(amount)) for line in home.lines for amount in line.unusual or [])
    assert Counter((one.merchant, one.amount) for one in unusual(home.rows())) == wanted


def test_a_cancelled_contract_has_ended_and_one_that_missed_its_turn_is_late():
    [ended] = series_of(FAMILY_IN_A_HOUSE, "Old Mag")
    assert (ended.status, ended.next_date) == (Status.ENDED, None)
    rows = [row for row in SINGLE_IN_A_FLAT.rows() if row.merchant == "Promo Net" and row.date.month < 12]
    rows.append(rows[0]._replace(merchant="Shop", date=datetime.date(2026, 1, 7)))
    [late] = recurring(rows, Direction.OUT)
    assert (late.status, late.next_date) == (Status.LATE, None)


def test_confidence_says_how_much_there_is_to_go_by():
    assert [one.confidence for one in series_of(FAMILY_IN_A_HOUSE, "Club Annual")] == [Confidence.LOW]
    assert [one.confidence for one in series_of(FAMILY_IN_A_HOUSE, "Auto Insure")] == [Confidence.MEDIUM]
    assert [one.confidence for one in series_of(SINGLE_IN_A_FLAT, "Harbor Property")] == [Confidence.HIGH]
