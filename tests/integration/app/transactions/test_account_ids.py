"""Account ids under a key: in new files, in rows stored in older forms, and under a wrong key."""

import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from app import key_account_ids, reread
from app.backfill import DONE
from app.main import create_app
from app.resources import Resources
from tests.integration.app.running import client_of
from tests.integration.app.transactions.older_ids import (
    IDS,
    KEY,
    Form,
    accounts,
    found_under,
    own,
    stored_ids,
    upload_to_older_code,
    with_key,
)
from tests.integration.app.uploads.test_formats import COFFEE, HEADER, OFX, PLAID_ROW, plaid, transactions, upload

PENDING = (
    "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260106</DTPOSTED><TRNAMT>-7.00</TRNAMT>"
    "<NAME>Red Door</NAME></STMTTRN>\n"
)

STATEMENT = OFX.format(more=PENDING * 2)

CARD = "4111111111111111"

SUMMARY = "/api/v1/insights/summary"

REMOVAL = {"added": [], "modified": [], "has_more": False, "next_cursor": "c"}

Serving = Callable[[str | None], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serving(settings) -> Serving:
    """The application with another key, or with none, on the same servers."""

    @asynccontextmanager
    async def serve(key: str | None) -> AsyncIterator[httpx.AsyncClient]:
        changed = with_key(settings, key)
        application = create_app(changed)
        async with client_of(application) as client:
            # Tokens are of any task: the key that signs them is the same.
            yield client

    return serve


@pytest.fixture
async def keyed(serving) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(KEY) as client:
        yield client


@pytest.fixture
def sweep(settings):
    async def run() -> int:
        return await key_account_ids.BACKFILL.run(Resources.of(with_key(settings, KEY)))

    return run


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (STATEMENT, "2333"),
        (HEADER + COFFEE.replace("checking", CARD), "1111"),
        (plaid(PLAID_ROW | {"account_id": CARD}).replace('"checking"', f'"{CARD}"'), "1111"),
    ],
    ids=["ofx", "csv", "json"],
)
async def test_a_number_is_kept_under_the_key_alone_and_the_same_file_is_known(keyed, alice, database, content, shown):
    assert (await upload(keyed, alice, content)).status_code == 201
    [account] = await accounts(keyed, alice)
    assert re.fullmatch(rf"acct2-[0-9a-f]{{32}}-{shown}", account)
    assert await stored_ids(database) == {account}
    assert (await upload(keyed, alice, content)).json()["accepted"] == 0


async def test_other_ids_stay_as_the_bank_made_them(keyed, alice):
    await upload(keyed, alice, HEADER + COFFEE)
    assert await accounts(keyed, alice) == ["checking"]


async def test_an_exported_row_that_comes_back_as_csv_is_known(keyed, alice):
    await upload(keyed, alice, OFX.format(more=""))
    [row] = await transactions(keyed, alice)
    exported = f"{row['account_id']},2026-01-05,4.50,Blue Door,in store,{row['category']},false,f1,EUR\n"
    header = HEADER.replace("pending\n", "pending,transaction_id,iso_currency_code\n")
    assert (await upload(keyed, alice, header + exported)).json()["accepted"] == 0


async def test_a_removal_by_an_old_id_takes_the_row_back(keyed, alice):
    await upload(keyed, alice, plaid(PLAID_ROW | {"account_id": CARD}))
    removed = json.dumps(REMOVAL | {"removed": [{"transaction_id": "t1", "account_id": CARD}]})
    answer = (await upload(keyed, alice, removed)).json()
    assert answer["removed"] == 1, answer
    assert await transactions(keyed, alice) == []


@pytest.mark.parametrize("form", Form)
async def test_rows_stored_in_an_older_form_are_moved_by_the_users_next_upload(
    client, keyed, alice, bob, database, form
):
    for user in (alice, bob):
        await upload_to_older_code(client, database, user, STATEMENT, form)
    [old] = await accounts(client, alice)
    before = await transactions(client, alice)
    answer = await upload(keyed, alice, STATEMENT)
    assert (answer.json()["accepted"], answer.json()["updated"]) == (0, 0)
    new = await own(database, old)
    assert await transactions(keyed, alice) == [row | {"account_id": new} for row in before]
    assert await accounts(keyed, bob) == [old], "another user's rows wait"
    assert await stored_ids(database) == {old, new}


@pytest.mark.parametrize("form", Form)
async def test_what_rows_were_and_what_the_account_is_move_along(client, keyed, alice, database, form):
    account = {"accounts": [{"account_id": CARD, "type": "credit", "subtype": "credit card", "name": "Gold"}]}
    row = PLAID_ROW | {"account_id": CARD}
    await upload(client, alice, json.dumps(account | {"transactions": [row]}))
    await upload_to_older_code(
        client, database, alice, json.dumps(account | {"transactions": [row | {"amount": 5}]}), form
    )
    new = await own(database, CARD)
    await database.execute(
        "INSERT INTO accounts (user_id, account_id, subtype, name) SELECT id, $1, 'checking', NULL FROM users", new
    )
    await upload(keyed, alice, HEADER + COFFEE)
    assert await stored_ids(database) == {new, "checking"}
    [kept] = await database.fetch("SELECT type, subtype, name FROM accounts WHERE account_id <> 'checking'")
    assert tuple(kept) == ("credit", "checking", "Gold")
    assert await database.fetchval("SELECT account_id FROM transaction_versions") == new


@pytest.mark.parametrize("form", Form)
async def test_what_a_task_of_older_code_stored_again_goes_and_nothing_else(client, keyed, alice, database, form):
    """A rollback to older code, which does not know the present ids."""
    await upload(keyed, alice, STATEMENT)
    before = await transactions(keyed, alice)
    await upload_to_older_code(client, database, alice, OFX.format(more=PENDING * 3), form)
    again = [row for row in await transactions(client, alice) if row not in before]
    assert len(again) == 4
    [old] = {row["account_id"] for row in again}
    [twin] = [row for row in again if row["amount"] == "4.50"]
    await client.patch(f"/api/v1/transactions/{twin['id']}", headers=alice, json={"category": "MINE"})
    answer = await upload(keyed, alice, HEADER + COFFEE)
    assert answer.json()["accepted"] == 1
    after = [row for row in await transactions(keyed, alice) if row["account_id"] != "checking"]
    assert {row["account_id"] for row in after} == {await own(database, old)}
    assert sorted(str(row["amount"]) for row in after) == ["4.50", "7.00", "7.00", "7.00"]
    assert {row["id"] for row in before} <= {row["id"] for row in after}, "the first of equal rows stay"
    assert "MINE" in {row["category"] for row in after}


def carded(**change: object) -> dict[str, object]:
    return PLAID_ROW | {"account_id": CARD} | change


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    ("present_state", "older_state", "amounts"),
    [
        pytest.param(carded(pending=True, amount=4), carded(amount=4.5), ["4.50"], id="booked by older code"),
        pytest.param(carded(amount=4.5), carded(pending=True, amount=4), ["4.50"], id="pending comes late"),
        pytest.param(carded(amount=4.5), carded(amount=5), ["5.00"], id="corrected by older code"),
        pytest.param(carded(amount=4.5), carded(amount=5, date="2026-03-01"), ["4.50", "5.00"], id="too far apart"),
        pytest.param(carded(amount=4.5), carded(amount=5, transaction_id="t9"), ["4.50", "5.00"], id="two ids"),
    ],
)
async def test_two_states_that_tasks_of_present_and_older_code_stored_become_the_later_one(
    client, keyed, alice, database, present_state, older_state, amounts, form
):
    await upload(keyed, alice, plaid(present_state))
    [row] = await transactions(keyed, alice)
    await client.patch(f"/api/v1/transactions/{row['id']}", headers=alice, json={"category": "MINE"})
    await upload_to_older_code(client, database, alice, plaid(older_state), form)
    assert len(await transactions(client, alice)) == 2
    await upload(keyed, alice, HEADER + COFFEE)
    after = [each for each in await transactions(keyed, alice) if each["account_id"] != "checking"]
    assert {each["account_id"] for each in after} == {await own(database, CARD)}
    assert sorted(str(each["amount"]) for each in after) == amounts
    assert "MINE" in {each["category"] for each in after}
    versions = await database.fetch("SELECT id, account_id FROM transaction_versions")
    assert len(after) + len(versions) == 2
    assert all(str(version["id"]) == after[0]["id"] for version in versions)


@pytest.mark.parametrize("form", Form)
async def test_a_bank_id_of_ofx_that_older_code_stored_for_another_row_joins_nothing(
    client, keyed, alice, database, form
):
    """These ids are unique within one statement."""
    statement = OFX.format(more="")
    await upload(keyed, alice, statement)
    other = statement.replace("20260105", "20260107").replace("-4.50", "-9.00")
    await upload_to_older_code(client, database, alice, other, form)
    await upload(keyed, alice, HEADER + COFFEE)
    amounts = [row["amount"] for row in await transactions(keyed, alice) if row["account_id"] != "checking"]
    assert sorted(map(str, amounts)) == ["4.50", "9.00"]


async def test_the_sweep_replaces_every_users_ids_and_finds_nothing_the_second_time(
    client, alice, bob, database, sweep, caplog
):
    await upload(client, alice, HEADER + COFFEE.replace("checking", CARD))
    await upload_to_older_code(client, database, alice, STATEMENT, Form.SHARED)
    await upload(client, bob, STATEMENT)
    old = await accounts(client, alice), await accounts(client, bob)
    new = {await own(database, each) for each in old[0]} | {await own(database, old[1][0], "bob@example.com")}
    assert len(new) == 3
    caplog.set_level("INFO", logger="app.key_account_ids")
    for replaced in ((2, 3), (0, 0)):
        caplog.clear()
        assert await sweep() == DONE
        [record] = [each for each in caplog.records if each.name == "app.key_account_ids"]
        assert (record.action, record.users, record.account_ids) == ("account_ids_replaced", *replaced)
        assert await stored_ids(database) == new


@pytest.mark.parametrize("form", Form)
async def test_the_sweep_changes_no_insight(client, alice, database, sweep, form):
    await upload_to_older_code(client, database, alice, STATEMENT, form)
    [old] = await accounts(client, alice)
    before = (await client.get(SUMMARY, headers=alice)).json()
    assert await sweep() == DONE
    assert (await client.get(SUMMARY, headers=alice)).json() == before
    assert await accounts(client, alice) == [await own(database, old)]


@pytest.mark.parametrize("key", [None, secrets.token_hex(32)], ids=["none", "another"])
async def test_another_key_takes_no_upload_and_readiness_says_why(serving, keyed, alice, key, database):
    assert (await upload(keyed, alice, STATEMENT)).status_code == 201
    async with serving(key) as other:
        refused, ready = await upload(other, alice, STATEMENT), await other.get("/ready")
        assert (await other.get("/health")).status_code == 200
        assert len(await transactions(other, alice)) == 3, "what is there can be read"
    assert (refused.status_code, ready.status_code) == (503, 503)
    assert refused.json()["type"] == "urn:spendsense:problem:other-account-id-key"
    assert "ACCOUNT_ID_KEY" in ready.json()["checks"]["database"]["reason"]
    assert await database.fetchval("SELECT count(*) FROM transactions") == 3
    assert (await keyed.get("/ready")).status_code == 200


@pytest.mark.parametrize("form", Form)
async def test_a_list_is_found_by_the_old_id_before_and_after(client, keyed, alice, database, form):
    await upload(client, alice, STATEMENT)
    [unkeyed] = await accounts(client, alice)
    await upload_to_older_code(client, database, alice, STATEMENT, form)
    [old] = await accounts(client, alice)
    for _ in range(2):
        assert await found_under(keyed, alice, old) == 3
        assert await found_under(keyed, alice, unkeyed) == 3
        await upload(keyed, alice, HEADER + COFFEE)
    assert await accounts(keyed, alice) == [await own(database, old), "checking"]


@pytest.mark.parametrize("form", Form)
async def test_a_row_that_was_exported_in_an_older_form_is_known(client, keyed, alice, database, form):
    await upload_to_older_code(client, database, alice, HEADER + COFFEE.replace("checking", CARD), form)
    [old] = await accounts(client, alice)
    for _ in range(2):
        answer = await upload(keyed, alice, HEADER + COFFEE.replace("checking", old))
        assert answer.json()["accepted"] == 0
    assert await accounts(keyed, alice) == [await own(database, old)]


@pytest.mark.parametrize("form", ["present", *Form])
async def test_another_users_candidates_never_reveal_the_number_of_an_id(client, keyed, alice, bob, database, form):
    """Bob has learned Alice's id, in whichever form it was stored, and uploads the number among others."""
    rows = HEADER + COFFEE.replace("checking", CARD)
    if form == "present":
        await upload(keyed, alice, rows)
    else:
        await upload_to_older_code(client, database, alice, rows, Form(form))
    learned = {*await accounts(keyed, alice)}
    await upload(keyed, alice, rows)
    learned |= {*await accounts(keyed, alice), IDS.shared(CARD)}
    learned -= {CARD}
    candidates = [CARD, "4242424242424242", "5555555555554444"]
    await upload(keyed, bob, HEADER + "".join(COFFEE.replace("checking", each) for each in candidates))
    for account_id in learned:
        assert await found_under(keyed, bob, account_id) == 0
    of_candidates = {*await accounts(keyed, bob)}
    assert len(of_candidates) == 3
    assert not of_candidates & learned
    # Nor may the id, uploaded as an account of his own, become the account of a candidate.
    for account_id in learned:
        answer = await upload(keyed, bob, HEADER + COFFEE.replace("checking", account_id))
        assert answer.json()["accepted"] == 1
    for _ in range(2):
        of_learned = {*await accounts(keyed, bob)} - of_candidates
        assert len(of_learned) == len(learned)
        for account_id in learned:
            assert await found_under(keyed, bob, account_id) == 1
        await upload(keyed, bob, HEADER + COFFEE.replace("checking", CARD))


async def test_an_account_that_is_stored_in_every_form_becomes_one(client, keyed, alice, database, sweep):
    await upload(keyed, alice, STATEMENT)
    [new] = await accounts(keyed, alice)
    for form in (Form.SHARED, Form.UNKEYED):
        await upload_to_older_code(client, database, alice, STATEMENT, form)
    assert len(await stored_ids(database)) == 3
    for _ in range(2):
        assert await sweep() == DONE
        assert await stored_ids(database) == {new}
        assert len(await transactions(keyed, alice)) == 3


async def test_before_any_key_was_used_a_task_with_or_without_one_is_ready(client, keyed):
    for each in (client, keyed):
        assert (await each.get("/ready")).status_code == 200


@pytest.mark.parametrize("form", Form)
async def test_reading_a_stored_file_again_fills_the_rows_of_the_new_id(client, alice, database, settings, form):
    await upload_to_older_code(client, database, alice, STATEMENT, form)
    await database.execute("UPDATE uploads SET reading = 0")
    await database.execute("UPDATE transactions SET transaction_type = NULL")
    assert await reread.BACKFILL.run(Resources.of(with_key(settings, KEY))) == 0
    [account] = await stored_ids(database)
    assert account.startswith("acct2-")
    assert await database.fetchval("SELECT count(*) FROM transactions WHERE transaction_type = 'POS'") == 3
