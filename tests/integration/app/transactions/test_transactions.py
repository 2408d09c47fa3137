"""Transactions: the list and its pages, the filters, a category of the user's own."""

import uuid
from decimal import Decimal

import httpx
import pytest

HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending,iso_currency_code\n"
ROWS = (
    "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false,USD\n"
    "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,true,USD\n"
    "checking,2026-01-31,-3000.00,Employer,other,INCOME,false,USD\n"
    "savings,2026-02-01,100%_off 12.00,x,online,SHOPPING,false,EUR\n".replace("100%_off 12.00,x", "12.00,100%_off")
)
TRANSACTIONS = "/api/v1/transactions"


async def upload(client: httpx.AsyncClient, user: dict[str, str], content: str) -> dict[str, object]:
    files = {"file": ("export.csv", content.encode(), "text/csv")}
    answer = await client.post("/api/v1/uploads", headers=user, files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(client: httpx.AsyncClient, user: dict[str, str], **query: object) -> list[dict[str, object]]:
    answer = await client.get(TRANSACTIONS, headers=user, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_amounts_keep_their_sign_their_cents_and_their_currency(client, alice):
    await upload(client, alice, HEADER + ROWS)
    found = await listed(client, alice)
    assert [(row["date"], row["amount"], row["currency"]) for row in found] == [
        ("2026-02-01", "12.00", "EUR"),
        ("2026-01-31", "-3000.00", "USD"),
        ("2026-01-05", "4.50", "USD"),
        ("2026-01-05", "4.50", "USD"),
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"from": "2026-01-31"}, 2),
        ({"to": "2026-01-05"}, 2),
        ({"account_id": "savings"}, 1),
        ({"category": "INCOME"}, 1),
        ({"merchant": "blue"}, 2),
        ({"merchant": "%_o"}, 1),
        ({"merchant": "%"}, 1),
        ({"merchant": "l_e"}, 0),
        ({"currency": "EUR"}, 1),
        ({"min_amount": "4.51"}, 1),
        ({"max_amount": "0"}, 1),
        ({"min_amount": "4.50", "max_amount": "4.50"}, 2),
        ({"pending": "true"}, 1),
        ({"pending": "false", "merchant": "Door"}, 1),
    ],
)
async def test_a_filter_lets_through_what_it_says(client, alice, query, count):
    await upload(client, alice, HEADER + ROWS)
    assert len(await listed(client, alice, **query)) == count


@pytest.mark.parametrize(
    "query",
    [
        {"merchnt": "typo"},
        {"merchant": "\0"},
        {"merchant": ""},
        {"min_amount": "NaN"},
        {"min_amount": "1e99"},
        {"from": "yesterday"},
        {"limit": "0"},
        {"cursor": "x"},
        {"cursor": "WzEsMl0"},
        {"cursor": "W251bGwsbnVsbF0"},
        {"cursor": "\xe9"},
    ],
)
async def test_an_unusable_filter_is_refused_and_not_ignored(client, alice, query):
    answer = await client.get(TRANSACTIONS, headers=alice, params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_hold_every_row_once_though_rows_are_added_meanwhile(client, alice):
    days = "".join(f"checking,2026-03-{day:02},{day}.00,M,online,C,false,USD\n" * 3 for day in range(1, 20))
    await upload(client, alice, HEADER + days)
    before = {row["id"] for row in await listed(client, alice, limit=500)}
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 7, "from": "2026-03-01", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(TRANSACTIONS, headers=alice, params=query)).json()
        seen.extend(row["id"] for row in page["items"])
        if len(seen) == 14:
            await upload(client, alice, HEADER + ROWS + "checking,2026-03-31,1.00,M,online,C,false,USD\n")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (len(seen), set(seen)) == (57, before)


async def test_a_category_of_ones_own_survives_the_next_upload_and_counts_in_the_summary(client, alice):
    await upload(client, alice, HEADER + ROWS)
    [row] = await listed(client, alice, category="SHOPPING")
    changed = await client.patch(f"{TRANSACTIONS}/{row['id']}", headers=alice, json={"category": "GIFTS"})
    assert (changed.status_code, changed.json()["category"], changed.json()["bank_category"]) == (
        200,
        "GIFTS",
        "SHOPPING",
    )
    assert (await upload(client, alice, HEADER + ROWS))["accepted"] == 0
    assert [found["id"] for found in await listed(client, alice, category="GIFTS")] == [row["id"]]
    groups = (await client.get("/api/v1/insights/summary", headers=alice)).json()["groups"]
    assert {group["category"]: Decimal(group["total"]) for group in groups}["GIFTS"] == 12
    back = await client.patch(f"{TRANSACTIONS}/{row['id']}", headers=alice, json={"category": None})
    assert back.json()["category"] == "SHOPPING"


@pytest.mark.parametrize("category", ["", " ", "a\0", "a\n", "x" * 201, 5])
async def test_a_category_that_is_not_a_name_is_refused(client, alice, category):
    await upload(client, alice, HEADER + ROWS)
    [row] = await listed(client, alice, category="SHOPPING")
    answer = await client.patch(f"{TRANSACTIONS}/{row['id']}", headers=alice, json={"category": category})
    assert answer.status_code == 422


async def test_nobody_reads_or_changes_anothers_transaction(client, alice, bob):
    await upload(client, alice, HEADER + ROWS)
    row = (await listed(client, alice))[0]
    path = f"{TRANSACTIONS}/{row['id']}"
    assert (await client.get(path, headers=alice)).json() == row
    for answer in (
        await client.get(path, headers=bob),
        await client.patch(path, headers=bob, json={"category": "MINE"}),
        await client.get(f"{TRANSACTIONS}/{uuid.uuid4()}", headers=alice),
    ):
        assert answer.status_code == 404
    assert await listed(client, bob) == []
    assert (await client.get(path, headers=alice)).json() == row
