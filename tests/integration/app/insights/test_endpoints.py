"""The insights over HTTP: they add up with the list of transactions, and show nobody else's."""

import datetime
import json
from collections import defaultdict
from decimal import Decimal

import httpx
import pytest

HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
INSIGHTS = "/api/v1/insights"
PATHS = ["summary", "totals", "recurring", "cash-flow", "unusual", "changes"]


def a_year() -> str:
    """Rent and wages each month, food twice a week, one very large purchase."""
    rows = [HEADER]
    day = datetime.date(2025, 1, 1)
    while day.year == 2025:
        if day.day == 1:
            rows.append(f"c,{day},{1400 if day.month < 7 else 1500}.00,Landlord,other,RENT,false\n")
        if day.day == 25:
            rows.append(f"c,{day},-3000.00,Employer,other,INCOME,false\n")
        if day.weekday() in (1, 5):
            rows.append(f"c,{day},{30 + day.day}.10,Grocer {day.day % 4},in store,FOOD,false\n")
        day += datetime.timedelta(days=1)
    rows.append("c,2025-12-31,1999.00,Grocer 1,in store,FOOD,false\n")
    rows.append("c,2025-12-31,5.00,Grocer 1,in store,FOOD,true\n")
    return "".join(rows)


@pytest.fixture
async def year(client: httpx.AsyncClient, alice: dict[str, str]) -> dict[str, dict[str, object]]:
    """Alice's transactions of a year, by id."""
    files = {"file": ("f.csv", a_year().encode(), "text/csv")}
    assert (await client.post("/api/v1/uploads", headers=alice, files=files)).status_code == 201
    rows = (await client.get("/api/v1/transactions", headers=alice, params={"limit": 500})).json()["items"]
    return {row["id"]: row for row in rows}


async def insight(client: httpx.AsyncClient, user: dict[str, str], path: str, **query: str) -> dict[str, object]:
    answer = await client.get(f"{INSIGHTS}/{path}", headers=user, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.parametrize("by", ["month", "category", "merchant"])
async def test_totals_agree_with_the_transactions_they_name(client, alice, year, by):
    found = await insight(client, alice, "totals", by=by)
    assert found["analysed"] == {"from": "2025-01-01", "to": "2025-12-31", "rows": len(year), "complete": True}
    for total in found["items"]:
        assert Decimal(total["net"]) == sum(Decimal(year[row]["amount"]) for row in total["transaction_ids"])
    booked = [row for row in year.values() if not row["pending"]]
    assert sum(total["count"] for total in found["items"]) == len(booked)


async def test_totals_agree_with_the_summary_that_the_database_computes(client, alice, year):
    summary: dict[str, Decimal] = defaultdict(Decimal)
    for group in (await insight(client, alice, "summary"))["groups"]:
        summary[group["category"]] += Decimal(group["total"])
    totals = (await insight(client, alice, "totals", by="category"))["items"]
    assert {total["group"]: Decimal(total["net"]) for total in totals} == summary


async def test_rent_that_rose_is_recurring_with_its_next_date(client, alice, year):
    [rent] = [one for one in (await insight(client, alice, "recurring"))["items"] if one["merchant"] == "Landlord"]
    assert (rent["cadence"], rent["amount"], rent["next_date"]) == ("monthly", "1500.00", "2026-01-01")
    assert rent["price_change"] == {"before": "1400.00", "after": "1500.00", "since": "2025-07-01"}
    assert {year[row]["merchant_name"] for row in rent["transaction_ids"]} == {"Landlord"}
    [wages] = (await insight(client, alice, "recurring", direction="in"))["items"]
    assert (wages["merchant"], wages["amount"]) == ("Employer", "3000.00")


async def test_cash_flow_has_twelve_months_and_regular_income(client, alice, year):
    flow = (await insight(client, alice, "cash-flow"))["cash_flow"]
    assert [month["income"] for month in flow["months"]] == ["3000.00"] * 12
    assert [income["regular_share"] for income in flow["income"]] == ["1.00"]


async def test_the_large_purchase_is_unusual(client, alice, year):
    [finding] = (await insight(client, alice, "unusual"))["items"]
    assert (finding["reason"], finding["amount"]) == ("large_for_category", "1999.00")
    assert [year[row]["amount"] for row in finding["transaction_ids"]] == ["1999.00"]


async def test_changes_name_the_rise_of_the_rent(client, alice, year):
    found = (await insight(client, alice, "changes"))["items"]
    [july] = [one for one in found if (one["month"], one["category"]) == ("2025-07", "RENT")]
    assert (july["change"], july["percent"]) == ("100.00", "7.1")


MOVES = """\
account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending,iso_currency_code
chk,2025-01-10,-3000.00,Employer,other,INCOME,false,USD
chk,2025-01-31,400.00,To savings,other,TRANSFER_OUT,false,USD
sav,2025-02-02,-400.00,From checking,other,TRANSFER_IN,false,USD
chk,2025-01-15,5000,To savings,other,,false,JPY
sav,2025-01-15,-5000,Virement,other,,false,JPY
chk,2025-01-16,700,Shop,other,,false,JPY
chk,2025-01-17,300.00,Anna,other,TRANSFER_OUT,false,USD
chk,2025-01-18,400.00,To savings,other,TRANSFER_OUT,true,USD
chk,2025-01-20,80.00,Shop,other,GENERAL_MERCHANDISE,false,USD
chk,2025-02-20,-80.00,Shop,other,GENERAL_MERCHANDISE,false,USD
"""


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        (
            {},
            {
                ("2025-01", "GENERAL_MERCHANDISE"): "80.00",
                ("2025-01", "INCOME"): "-3000.00",
                ("2025-01", "TRANSFER_OUT"): "300.00",
                ("2025-01", "UNCATEGORIZED"): "700",
                ("2025-02", "GENERAL_MERCHANDISE"): "-80.00",
            },
        ),
        ({"from": "2025-02-01"}, {("2025-02", "GENERAL_MERCHANDISE"): "-80.00"}),
        ({"from": "2025-01-31", "to": "2025-01-31"}, {}),
    ],
    ids=["all", "half of a transfer", "the other half"],
)
async def test_moved_money_is_in_no_view_whatever_days_are_requested(client, alice, days, wanted):
    files = {"file": ("f.csv", MOVES.encode(), "text/csv")}
    assert (await client.post("/api/v1/uploads", headers=alice, files=files)).status_code == 201
    groups = (await insight(client, alice, "summary", **days))["groups"]
    assert {(one["month"], one["category"]): one["total"] for one in groups} == wanted
    totals = (await insight(client, alice, "totals", by="category", **days))["items"]
    by_category: dict[str, Decimal] = defaultdict(Decimal)
    for (_, category), amount in wanted.items():
        by_category[category] += Decimal(amount)
    assert {one["group"]: Decimal(one["net"]) for one in totals} == by_category
    changes = (await insight(client, alice, "changes", **days))["items"]
    assert {one["category"] for one in changes} <= {category for _, category in wanted}


TYPES = {"chk": "depository", "eur": "depository", "card": "credit", "loan": "loan"}
# Of each month: the account, day, amount, currency, merchant, and primary category.
LIFE = [
    ("chk", 1, -3000, "USD", "Employer", "INCOME"),
    ("chk", 5, 500, "USD", "Transfer", "TRANSFER_OUT"),
    ("eur", 6, -460, "EUR", "Transfer", "TRANSFER_IN"),
    ("card", 9, 800, "USD", "Shop", "GENERAL_MERCHANDISE"),
    ("card", 11, -100, "USD", "Shop", "GENERAL_MERCHANDISE"),
    ("card", 14, -700, "USD", "Payment thank you", "INCOME"),
    ("chk", 15, 700, "USD", "Bank", "LOAN_PAYMENTS"),
    ("chk", 20, 300, "USD", "Lender", "LOAN_PAYMENTS"),
    ("loan", 22, -300, "USD", "Received", "INCOME"),
]


@pytest.mark.parametrize("day", [None, *(row[1] for row in LIFE)])
async def test_the_other_side_in_another_currency_or_on_a_debt_is_in_no_view(client, alice, day):
    rows = [
        {
            "transaction_id": f"{month}-{number}",
            "account_id": account,
            "date": f"2025-{month:02}-{on:02}",
            "amount": amount,
            "iso_currency_code": currency,
            "merchant_name": merchant,
            "personal_finance_category": {"primary": category},
        }
        for month in range(1, 13)
        for number, (account, on, amount, currency, merchant, category) in enumerate(LIFE)
    ]
    accounts = [{"account_id": name, "type": kind, "name": name} for name, kind in TYPES.items()]
    file = json.dumps({"accounts": accounts, "transactions": rows, "total_transactions": len(rows)})
    files = {"file": ("f.json", file.encode(), "application/json")}
    answer = await client.post("/api/v1/uploads", headers=alice, files=files)
    assert answer.status_code == 201, answer.text
    days = {"from": f"2025-06-{day:02}", "to": f"2025-06-{day:02}"} if day else {}
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for _, on, amount, _, merchant, category in LIFE:
        if merchant in ("Employer", "Shop") and day in (None, on):
            wanted[category] += amount if day else 12 * amount
    summary: dict[str, Decimal] = defaultdict(Decimal)
    for group in (await insight(client, alice, "summary", **days))["groups"]:
        summary[group["category"]] += Decimal(group["total"])
    assert summary == wanted
    totals = (await insight(client, alice, "totals", by="category", **days))["items"]
    assert {one["group"]: Decimal(one["net"]) for one in totals} == wanted
    months = (await insight(client, alice, "cash-flow", **days))["cash_flow"]["months"]
    assert sum(Decimal(month["net"]) for month in months) == -sum(wanted.values())
    changes = (await insight(client, alice, "changes", **days))["items"]
    assert {one["category"] for one in changes} <= set(wanted)
    for direction, merchants in (("out", {"Shop"}), ("in", {"Employer"})):
        found = (await insight(client, alice, "recurring", direction=direction, **days))["items"]
        assert {one["merchant"] for one in found} <= merchants
    assert (await insight(client, alice, "unusual", **days))["items"] == []


@pytest.mark.parametrize("path", PATHS)
async def test_an_insight_looks_at_its_days_and_its_user_only(client, alice, bob, year, path):
    everything = await insight(client, alice, path)
    assert await insight(client, bob, path) != everything
    assert not set(year) & set((await client.get(f"{INSIGHTS}/{path}", headers=bob)).text.split('"'))
    june = await insight(client, alice, path, **{"from": "2025-06-01", "to": "2025-06-30"})
    assert june != everything
    wrong = await client.get(f"{INSIGHTS}/{path}", headers=alice, params={"from": "2025-07-01", "to": "2025-06-30"})
    assert wrong.status_code == 422
