"""Files that change what earlier ones brought, from upload to insights."""

import json
from typing import Any

import httpx
import pytest

UPLOADS = "/api/v1/uploads"
TRANSACTIONS = "/api/v1/transactions"
SUMMARY = "/api/v1/insights/summary"
CSV = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ACCOUNTS = [{"account_id": "chk", "name": "Checking", "type": "depository", "subtype": "checking"}]


def plaid(transaction_id: str, **more: object) -> dict[str, object]:
    """A transaction as Plaid has it."""
    return {
        "transaction_id": transaction_id,
        "account_id": "chk",
        "date": "2026-01-05",
        "amount": 20.0,
        "iso_currency_code": "USD",
        "merchant_name": "Bistro",
        "name": "BISTRO 17",
        "payment_channel": "in store",
        "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_RESTAURANT"},
        "pending": False,
        "pending_transaction_id": None,
    } | more


async def upload(client: httpx.AsyncClient, user: dict[str, str], content: str | dict[str, Any]) -> dict[str, Any]:
    body = content if isinstance(content, str) else json.dumps(content)
    answer = await client.post(UPLOADS, headers=user, files={"file": ("export", body.encode())})
    assert answer.status_code == 201, answer.text
    report: dict[str, Any] = answer.json()
    counted = sum(report[name] for name in ("accepted", "updated", "removed", "duplicates", "rejected"))
    assert counted == report["total"]
    stored = (await client.get(f"{UPLOADS}/{report['upload_id']}", headers=user)).json()
    assert stored["money"] == report["money"] and stored["duplicates"] >= 0
    return report


def listed(*transactions: dict[str, object]) -> dict[str, Any]:
    return {"accounts": ACCOUNTS, "transactions": transactions, "total_transactions": len(transactions)}


async def rows(client: httpx.AsyncClient, user: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(TRANSACTIONS, headers=user)).json()["items"]
    return found


async def test_the_kinds_of_a_row_and_its_account_are_stored_and_shown(client, alice):
    await upload(client, alice, listed(plaid("t1")))
    [row] = await rows(client, alice)
    assert (row["detailed_category"], row["original_name"]) == ("FOOD_AND_DRINK_RESTAURANT", "BISTRO 17")
    assert (row["account_type"], row["account_subtype"]) == ("depository", "checking")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(plaid("p1", pending=True), plaid("q1", pending_transaction_id="p1", amount=24.0), id="named"),
        pytest.param(plaid("s1", pending=True), plaid("s1", date="2026-01-07", amount=24.0), id="the same id"),
        pytest.param(plaid("s1"), plaid("s1", amount=24.0), id="an amount corrected"),
    ],
)
async def test_a_changed_row_is_updated_and_the_cached_summary_with_it(client, alice, before, after):
    await upload(client, alice, listed(before))
    await client.get(SUMMARY, headers=alice)
    [row] = await rows(client, alice)
    await client.patch(f"{TRANSACTIONS}/{row['id']}", headers=alice, json={"category": "MINE"})
    report = await upload(client, alice, listed(after))
    assert (report["accepted"], report["updated"]) == (0, 1)
    [group] = (await client.get(SUMMARY, headers=alice)).json()["groups"]
    assert (group["category"], group["total"], group["count"]) == ("MINE", "24.00", 1)
    [version] = (await client.get(f"{TRANSACTIONS}/{row['id']}/versions", headers=alice)).json()["items"]
    assert (version["fate"], version["amount"], version["pending"]) == ("updated", "20.00", before["pending"])


async def test_a_booked_csv_replaces_the_pending_one(client, alice):
    row = "a1,2026-01-05,100.00,Cafe,online,FOOD,{}\n"
    await upload(client, alice, CSV + row.format("true"))
    report = await upload(client, alice, CSV + row.format("false"))
    assert (report["accepted"], report["updated"]) == (0, 1)
    assert [found["pending"] for found in await rows(client, alice)] == [False]


async def test_sync_adds_modifies_and_removes(client, alice):
    await upload(client, alice, listed(plaid("t0"), plaid("gone")))
    sync = {
        "added": [plaid("t1")],
        "modified": [plaid("t0", amount=9.0)],
        "removed": [{"transaction_id": "gone", "account_id": "chk"}, {"transaction_id": "unknown"}],
        "next_cursor": "c",
        "has_more": False,
        "accounts": ACCOUNTS,
    }
    report = await upload(client, alice, sync)
    assert (report["total"], report["accepted"], report["updated"], report["removed"]) == (4, 1, 1, 1)
    assert sorted(row["transaction_id"] for row in await rows(client, alice)) == ["t0", "t1"]


async def test_versions_are_of_the_user_alone_and_leave_with_the_export(client, alice, bob):
    await upload(client, alice, listed(plaid("s1")))
    await upload(client, alice, listed(plaid("s1", amount=24.0)))
    [row] = await rows(client, alice)
    assert (await client.get(f"{TRANSACTIONS}/{row['id']}/versions", headers=bob)).status_code == 404
    export = (await client.get("/api/v1/account/export", headers=alice)).json()
    assert [one["amount"] for one in export["transaction_versions"]] == ["20.00"]
    assert [one["account_id"] for one in export["accounts"]] == ["chk"]


def statement(*transactions: str) -> str:
    """An OFX statement with these transactions."""
    rows = "".join(f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105<NAME>CAFE{leaves}</STMTTRN>" for leaves in transactions)
    return (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\n\r\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD"
        f"<BANKACCTFROM><BANKID>1<ACCTID>5550001111</BANKACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST></STMTRS>"
        "</STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


FIRST = "<TRNAMT>-5.00<FITID>1"
REPLACED = "<TRNAMT>-6.00<FITID>2<CORRECTFITID>1<CORRECTACTION>REPLACE"
DELETED = "<TRNAMT>-5.00<FITID>3<CORRECTFITID>1<CORRECTACTION>DELETE"


@pytest.mark.parametrize(
    ("files", "last", "spent"),
    [
        pytest.param([[FIRST], [REPLACED]], {"accepted": 0, "updated": 1}, ["6.00"], id="a correction"),
        pytest.param([[FIRST, REPLACED]], {"accepted": 1, "updated": 1}, ["6.00"], id="in one file"),
        pytest.param([[REPLACED]], {"accepted": 1, "updated": 0}, ["6.00"], id="of an unknown row"),
        pytest.param([[FIRST], [DELETED]], {"removed": 1, "accepted": 0}, [], id="a deletion"),
        pytest.param([[FIRST, DELETED]], {"removed": 1, "accepted": 1}, [], id="in its file"),
        pytest.param([[DELETED]], {"removed": 0, "duplicates": 1}, [], id="of an unknown row, too"),
    ],
)
async def test_the_corrections_of_an_ofx_statement_are_followed(client, alice, files, last, spent):
    for file in files:
        report = await upload(client, alice, statement(*file))
    assert {name: report[name] for name in last} == last
    assert [row["amount"] for row in await rows(client, alice)] == spent
