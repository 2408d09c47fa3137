"""Uploads of every format over HTTP, files with some bad rows, and the list of uploads."""

import json
import re

import httpx
import pytest

UPLOADS = "/api/v1/uploads"
TRANSACTIONS = "/api/v1/transactions"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"
BAD = COFFEE.replace("4.50", "four")
PLAID_ROW = {
    "account_id": "checking",
    "transaction_id": "t1",
    "date": "2026-01-05",
    "amount": 4.5,
    "iso_currency_code": "USD",
    "merchant_name": "Blue Door",
    "name": "BLUE DOOR 123 SF",
    "payment_channel": "in store",
    "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE"},
    "pending": False,
}
OFX = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
    "<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID><STMTRS><CURDEF>EUR</CURDEF>"
    "<BANKACCTFROM><BANKID>121000358</BANKID><ACCTID>000111222333</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>"
    "<BANKTRANLIST><DTSTART>20260101</DTSTART><DTEND>20260131</DTEND>\n"
    "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260105</DTPOSTED><TRNAMT>-4.50</TRNAMT><FITID>f1</FITID>"
    "<NAME>Blue Door</NAME></STMTTRN>\n{more}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
OFX_BAD_ROW = (
    "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260106</DTPOSTED><TRNAMT>four</TRNAMT><FITID>f2</FITID>"
    "<NAME>Red Door</NAME></STMTTRN>\n"
)


def plaid(*rows: object) -> str:
    return json.dumps({"accounts": [{"account_id": "checking"}], "transactions": rows, "total_transactions": len(rows)})


async def upload(
    client: httpx.AsyncClient, user: dict[str, str], content: str, name: str = "export.csv", **query: str
) -> httpx.Response:
    return await client.post(UPLOADS, headers=user, files={"file": (name, content.encode())}, params=query)


async def transactions(client: httpx.AsyncClient, user: dict[str, str]) -> list[dict[str, object]]:
    answer = await client.get(TRANSACTIONS, headers=user)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize(
    ("content", "format_seen", "account", "currency"),
    [
        (HEADER + COFFEE, "csv", "checking", "USD"),
        (plaid(PLAID_ROW), "json", "checking", "USD"),
        (OFX.format(more=""), "ofx", "ofx-[0-9a-f]{16}-2333", "EUR"),
    ],
    ids=["csv", "json", "ofx"],
)
@pytest.mark.parametrize("name", ["export.bin", "export.qfx"])
async def test_the_same_coffee_comes_out_of_each_format_whatever_the_files_name(
    client, alice, s3, bucket, content, format_seen, account, currency, name
):
    answer = await upload(client, alice, content, name)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["format"], answer.json()["accepted"]) == (format_seen, 1)
    [row] = await transactions(client, alice)
    assert (row["date"], row["amount"], row["currency"]) == ("2026-01-05", "4.50", currency)
    assert re.fullmatch(account, row["account_id"]), "of an account's number only the end is kept"
    assert "Blue Door" in json.dumps(row)
    [entry] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert entry["Key"].endswith(f".{format_seen}")
    assert s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode() == content
    again = (await upload(client, alice, content, name)).json()
    assert (again["accepted"], again["duplicates"]) == (0, 1)


@pytest.mark.parametrize(
    ("content", "line", "row"),
    [
        (HEADER + COFFEE + BAD, 3, 2),
        (plaid(PLAID_ROW, PLAID_ROW | {"transaction_id": "t2", "amount": "four"}), 1, 2),
        (OFX.format(more=OFX_BAD_ROW), 5, 2),
    ],
    ids=["csv", "json", "ofx"],
)
async def test_a_bad_row_refuses_the_file_or_only_itself(client, alice, s3, bucket, content, line, row):
    answer = await upload(client, alice, content)
    assert answer.status_code == 422
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    report = (await upload(client, alice, content, on_error="skip")).json()
    assert (report["total"], report["accepted"], report["rejected"]) == (2, 1, 1)
    [rejection] = report["rejections"]
    assert rejection == answer.json()["errors"][0]
    assert (rejection["line"], rejection["row"], rejection["value"]) == (line, row, "four")
    assert len(await transactions(client, alice)) == 1
    read = await client.get(f"{UPLOADS}/{report['upload_id']}", headers=alice)
    assert read.json() == report
    again = (await upload(client, alice, content, on_error="skip")).json()
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, 1, 1)


async def test_a_hundred_rejections_are_listed_and_all_are_counted(client, alice):
    report = (await upload(client, alice, HEADER + COFFEE + BAD * 150, on_error="skip")).json()
    assert (report["total"], report["accepted"], report["rejected"]) == (151, 1, 150)
    assert [rejection["line"] for rejection in report["rejections"]] == list(range(3, 103))


@pytest.mark.parametrize(
    "content",
    [HEADER + COFFEE + '"never closed', HEADER.replace("amount,", "") + COFFEE, plaid(PLAID_ROW)[:-20]],
    ids=["open quote", "missing column", "cut short"],
)
async def test_a_file_bad_in_its_structure_is_refused_whatever_is_skipped(client, alice, s3, bucket, content):
    answer = await upload(client, alice, content, on_error="skip")
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert await transactions(client, alice) == []


async def test_another_word_for_on_error_is_refused(client, alice):
    answer = await upload(client, alice, HEADER + COFFEE, on_error="ignore")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "query.on_error"


async def test_uploads_are_listed_page_by_page_the_newest_first(client, alice, bob):
    reports = [(await upload(client, alice, HEADER + COFFEE.replace("4.50", f"{n}.50"))).json() for n in range(1, 6)]
    await upload(client, bob, HEADER + COFFEE)
    seen, query = [], {"limit": "2"}
    sizes = []
    while True:
        page = (await client.get(UPLOADS, headers=alice, params=query)).json()
        seen += page["items"]
        sizes.append(len(page["items"]))
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sizes == [2, 2, 1]
    assert seen == reports[::-1]


@pytest.mark.parametrize("query", [{"cursor": "nonsense"}, {"limit": "0"}, {"limit": "100000"}], ids=str)
async def test_a_list_that_cannot_be_is_refused(client, alice, query):
    answer = await client.get(UPLOADS, headers=alice, params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
