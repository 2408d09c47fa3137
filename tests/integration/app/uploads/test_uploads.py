"""Uploads and their summary, on real servers."""

import csv
import hashlib
import io
import random
from collections import defaultdict
from decimal import Decimal

import httpx
import pytest

HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"
SALARY = "checking,2026-01-31,-3000.00,Employer,other,INCOME,false\n"
UPLOADS = "/api/v1/uploads"
SUMMARY = "/api/v1/insights/summary"


async def upload(client: httpx.AsyncClient, user: dict[str, str], content: str) -> httpx.Response:
    return await client.post(UPLOADS, headers=user, files={"file": ("export.csv", content.encode(), "text/csv")})


async def groups(client: httpx.AsyncClient, user: dict[str, str], **query: str) -> list[dict[str, object]]:
    answer = await client.get(SUMMARY, headers=user, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"]


def keys_in(s3, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


async def test_upload_stores_raw_file_and_reports_what_is_new(client, alice, s3, bucket):
    content = HEADER + COFFEE + SALARY
    answer = await upload(client, alice, content)
    assert answer.status_code == 201
    report = answer.json()
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    assert report == {
        "upload_id": report["upload_id"],
        "sha256": sha256,
        "format": "csv",
        "size_bytes": len(content),
        "total": 2,
        "accepted": 2,
        "updated": 0,
        "removed": 0,
        "duplicates": 0,
        "rejected": 0,
        "rejections": [],
        "notes": report["notes"],
        "money": [{"currency": "USD", "money_in": "3000.00", "money_out": "4.50"}],
        "created_at": report["created_at"],
    }
    [key] = keys_in(s3, bucket)
    assert sha256 in key
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() == content


async def test_same_file_twice_adds_nothing(client, alice, s3, bucket):
    first = (await upload(client, alice, HEADER + COFFEE + COFFEE + SALARY)).json()
    before = await groups(client, alice)
    second = (await upload(client, alice, HEADER + COFFEE + COFFEE + SALARY)).json()
    assert (first["accepted"], second["accepted"], second["duplicates"]) == (3, 0, 3)
    assert first["upload_id"] == second["upload_id"]
    assert await groups(client, alice) == before
    assert len(keys_in(s3, bucket)) == 1


async def test_two_equal_coffees_on_one_day_are_two_rows(client, alice):
    await upload(client, alice, HEADER + COFFEE + COFFEE)
    [group] = await groups(client, alice)
    assert (group["total"], group["count"]) == ("9.00", 2)


async def test_overlapping_export_adds_only_what_is_new(client, alice):
    await upload(client, alice, HEADER + COFFEE)
    report = (await upload(client, alice, HEADER + SALARY + COFFEE)).json()
    assert (report["accepted"], report["duplicates"]) == (1, 1)


async def test_a_row_with_a_transaction_id_is_updated_by_it(client, alice):
    header = HEADER.replace("account_id,", "account_id,transaction_id,")
    await upload(client, alice, header + COFFEE.replace("checking,", "checking,t1,"))
    renamed = COFFEE.replace("checking,", "checking,t1,").replace("Blue Door", "BLUE DOOR 123")
    report = (await upload(client, alice, header + renamed + renamed)).json()
    assert (report["total"], report["accepted"], report["updated"], report["duplicates"]) == (2, 0, 1, 1)


async def test_bad_line_is_named_and_nothing_is_stored(client, alice, s3, bucket):
    bad = COFFEE.replace("4.50", "4,50 EUR").replace("4,50 EUR", "four")
    answer = await upload(client, alice, HEADER + COFFEE + bad + SALARY)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert (error["line"], error["column"], error["value"]) == (3, "amount", "four")
    assert "12.34" in error["wanted"]
    assert keys_in(s3, bucket) == []
    assert await groups(client, alice) == []


async def test_at_most_twenty_problems_are_listed(client, alice):
    answer = await upload(client, alice, HEADER + COFFEE.replace("2026-01-05", "5.1.2026") * 100)
    assert [error["line"] for error in answer.json()["errors"]] == list(range(2, 22))


async def test_summary_equals_an_independent_computation(client, alice):
    chance = random.Random(20260105)  # noqa: S311 - data, not keys
    expected: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*HEADER.strip().split(","), "iso_currency_code"])
    for _ in range(2000):
        cents = chance.randint(-500_000, 50_000)
        month, day = chance.randint(1, 12), chance.randint(1, 28)
        category, currency = chance.choice(["FOOD_AND_DRINK", "RENT", "INCOME"]), chance.choice(["USD", "EUR"])
        pending = chance.random() < 0.1
        amount = Decimal(cents) / 100
        writer.writerow(
            ["a", f"2026-{month:02}-{day:02}", amount, 'Tom\'s "Best", Ltd', "online", category, pending, currency]
        )
        if not pending:
            expected[f"2026-{month:02}", category, currency] += amount
            counts[f"2026-{month:02}", category, currency] += 1
    assert (await upload(client, alice, text.getvalue())).json()["accepted"] == 2000
    found = await groups(client, alice)
    assert {
        (g["month"], g["category"], g["currency"]): (Decimal(g["total"]), g["count"]) for g in found if g["count"]
    } == {key: (total, counts[key]) for key, total in expected.items()}
    assert sum(g["count"] + g["pending_count"] for g in found) == 2000


async def test_summary_counts_pending_apart_and_respects_its_days(client, alice):
    pending = COFFEE.replace("false", "true")
    await upload(client, alice, HEADER + COFFEE + pending + SALARY)
    [food] = await groups(client, alice, **{"from": "2026-01-05", "to": "2026-01-30"})
    assert food == {
        "month": "2026-01",
        "category": "FOOD_AND_DRINK",
        "currency": "USD",
        "total": "4.50",
        "count": 1,
        "pending_count": 1,
    }
    wrong = await client.get(SUMMARY, headers=alice, params={"from": "2026-02-01", "to": "2026-01-01"})
    assert wrong.status_code == 422


async def test_two_users_never_see_each_others_rows(client, alice, bob):
    await upload(client, alice, HEADER + COFFEE)
    assert await groups(client, bob) == []
    report = (await upload(client, bob, HEADER + COFFEE)).json()
    assert report["accepted"] == 1
    assert [group["count"] for group in await groups(client, alice)] == [1]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
async def test_without_a_valid_token_nothing_is_read_or_answered(client, headers):
    for answer in (await upload(client, headers, HEADER), await client.get(SUMMARY, headers=headers)):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_file_over_the_limit_is_refused_before_and_while_it_is_read(client, alice):
    announced = await client.post(UPLOADS, headers={**alice, "Content-Length": str(60_000_000)}, content=b"")
    assert announced.status_code == 413

    async def endless():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 1_000_000

    headers = {**alice, "Content-Type": "multipart/form-data; boundary=b"}
    streamed = await client.post(UPLOADS, headers=headers, content=endless())
    assert streamed.status_code == 413
    assert streamed.headers["content-type"] == "application/problem+json"


async def test_a_form_without_the_file_is_refused(client, alice):
    answer = await client.post(UPLOADS, headers=alice, files={"other": ("f", b"x")})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "body.file"
