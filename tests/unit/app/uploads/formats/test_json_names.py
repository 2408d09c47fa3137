"""Names in JSON: those with two different values, and those spelled as in other languages."""

import json
from decimal import Decimal

import pytest

from app.transactions.model import Account, Removal, Transaction
from tests.unit.app.uploads.formats.exports import PLAID, found_in, rejected, rows

ROW = json.dumps(PLAID)


def listed(row: str) -> str:
    return f'{{"accounts": [],\n"transactions": [\n{row}]}}'


@pytest.mark.parametrize(
    ("added", "column", "value"),
    [
        ('"amount": 9.0', "amount", "9.0"),
        ('"date": "2026-02-05"', "date", "2026-02-05"),
        ('"transaction_id": "t2"', "transaction_id", "t2"),
        ('"account_id": "c2"', "account_id", "c2"),
        ('"iso_currency_code": "EUR"', "iso_currency_code", "EUR"),
        ('"pending": true', "pending", "true"),
        ('"personal_finance_category": null', "personal_finance_category", "null"),
        ('"amount": 4.5, "amount": 9.0', "amount", "9.0"),
    ],
)
@pytest.mark.parametrize("around", [listed, "[{}]".format, '{{"added": [{}], "removed": []}}'.format])
def test_a_row_with_two_values_of_one_name_is_rejected_with_the_place_of_the_last(added, column, value, around):
    content = around(f"{ROW[:-1]}, {added}}}")
    [problem] = rejected(content).problems
    assert (problem.column, problem.value) == (column, value)
    assert "one value" in problem.wanted
    line = content.splitlines()[(problem.line or 0) - 1]
    assert line[(problem.position or 0) - 1 :].lstrip('"').startswith(value)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            ('"primary": "FOOD_AND_DRINK"', '"primary": "INCOME", "primary": "FOOD_AND_DRINK"'), id="category"
        ),
        pytest.param(('"detailed"', '"detailed": "INCOME_WAGES", "detailed"'), id="its detail"),
    ],
)
def test_two_categories_in_one_object_are_none(change):
    [problem] = rejected(listed(ROW.replace(*change))).problems
    assert (problem.column, problem.value[:1]) == ("personal_finance_category", "{")


def test_the_rows_beside_it_are_taken():
    found = found_in(listed(f'{ROW}, {ROW[:-1]}, "amount": 9.0}}, {ROW}'))
    assert [type(row).__name__ for row in found] == ["Transaction", "RejectedRow", "Transaction"]


@pytest.mark.parametrize("added", ['"amount": 4.5', '"website": "a", "website": "b"', '"amount": 4.50'])
def test_the_same_value_twice_and_names_that_are_not_read_lose_nothing(added):
    assert rows(listed(f"{ROW[:-1]}, {added}}}")) == rows(listed(ROW))


def test_a_removal_of_two_rows_at_once_removes_none():
    content = '{"added": [], "removed": [{"transaction_id": "t1", "transaction_id": "t2"}]}'
    assert rejected(content).problems[0].column == "transaction_id"


def test_an_account_with_two_values_of_what_is_not_read_is_an_account():
    account = '{{"account_id": "c1", "type": "credit", "mask": "1", "mask": "2", "iso_currency_code": "USD"{}}}'
    nameless = ROW.replace('"iso_currency_code": "USD", ', "")
    both = '{{"accounts": [{}], "transactions": [{}]}}'
    assert rows(both.format(account.format(""), nameless))[0].currency == "USD"
    contradictory = both.format(account.format(', "iso_currency_code": "EUR"'), nameless)
    assert rejected(contradictory).problems[0].column == "iso_currency_code"


def test_names_in_camel_case_are_plaids():
    spelled = {
        "accountId": "c1",
        "transactionId": "t1",
        "date": "2026-01-05",
        "amount": 4.5,
        "isoCurrencyCode": "USD",
        "unofficialCurrencyCode": None,
        "merchantName": "Corner Cafe",
        "name": "CORNER CAFE 12",
        "paymentChannel": "in store",
        "personalFinanceCategory": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE"},
        "pending": False,
        "pendingTransactionId": None,
    }
    accounts = [{"accountId": "c1", "type": "depository", "balances": {"isoCurrencyCode": "USD"}}]
    found = found_in(json.dumps({"accounts": accounts, "transactions": [spelled]}))
    assert [row for row in found if isinstance(row, Transaction)] == rows(listed(ROW))
    assert [row.account_id for row in found if isinstance(row, Account)] == ["c1"]
    nameless = {name: value for name, value in spelled.items() if name != "isoCurrencyCode"}
    assert rows(json.dumps({"accounts": accounts, "transactions": [nameless]}))[0].currency == "USD"
    assert found_in('{"added": [], "removed": [{"transactionId": "t1"}]}') == [Removal("t1", None)]


@pytest.mark.parametrize("joined", ["personal_finance_category.{}", "personal_finance_category_{}", "category_{}"])
def test_a_category_may_be_flattened(joined):
    flat = PLAID | {joined.format("primary"): "FOOD_AND_DRINK", joined.format("detailed"): "FOOD_AND_DRINK_COFFEE"}
    del flat["personal_finance_category"]
    assert rows(listed(json.dumps(flat))) == rows(listed(ROW))
    [problem] = rejected(listed(json.dumps(flat | {joined.format("primary"): 7}))).problems
    assert problem.value == "7"


def test_a_problem_of_a_name_in_camel_case_has_its_place_and_two_spellings_are_two_values():
    content = '[{"accountId": "c1", "date": "2026-01-05", "amount": 4.5,\n"isoCurrencyCode": "US dollar"}]'
    [problem] = rejected(content).problems
    assert (problem.line, problem.position, problem.column) == (2, 20, "iso_currency_code")
    twice = ROW.replace('"account_id"', '"accountId"')[:-1] + ', "merchantName": "Other"}'
    [problem] = rejected(listed(twice)).problems
    assert problem.column == "merchant_name"
    assert rows(listed(f'{ROW[:-1]}, "accountId": "c1"}}'))[0].amount == Decimal("4.50")
