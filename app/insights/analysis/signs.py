"""Signs, in a single row, that it is one side of a move between the user's own accounts or of a payment of a debt.

A card or a loan is a debt: an account of the types DEBTS. Nobody is paid wages there, so money in is a payment, a
refund or a reward, whatever the bank calls it.
"""

import re

from app.insights.analysis.cash import is_cash
from app.insights.analysis.refunds import SPENT_IN, says_nothing
from app.insights.analysis.rows import Row

CARD, LOAN = "credit", "loan"  # types of accounts
DEBTS = frozenset({CARD, LOAN})
CARD_PAYMENT = "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
# Plaid's detailed categories for one of the user's own accounts.
BETWEEN_OWN = frozenset(
    {
        "TRANSFER_IN_ACCOUNT_TRANSFER",
        "TRANSFER_IN_SAVINGS",
        "TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS",
        "TRANSFER_OUT_ACCOUNT_TRANSFER",
        "TRANSFER_OUT_SAVINGS",
        "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS",
    }
)
LENT = "TRANSFER_IN_CASH_ADVANCES_AND_LOANS"
TRANSFERS = frozenset({"TRANSFER_IN", "TRANSFER_OUT"})
BANKS_TRANSFERS = TRANSFERS | BETWEEN_OWN | {"TRANSFER"}
CARD_PAYMENTS = frozenset({CARD_PAYMENT, "CREDIT_CARD_PAYMENT"})
MOVES = BANKS_TRANSFERS | CARD_PAYMENTS | {"LOAN_PAYMENTS", "LOAN_DISBURSEMENTS"}
TYPES = frozenset({"XFER", "PAYMENT"})
NAME_OF_A_MOVE = re.compile(
    r"\b(transfer|xfer|trnsfr|autopay|auto[- ]?pay(ment)?|payment\s+(-\s*)?thank\s+you|thank\s+you|online\s+payment"
    r"|e-?payment|(credit\s*)?card\s+(payment|pymt|pmt)|pymt|überweisung|umbuchung|virement|to\s+savings|from\s+savings"
    r"|to\s+checking|from\s+checking)\b",
    re.IGNORECASE,
)
# Banks also write "card payment to" a shop.
NAME_OF_A_CARD_PAYMENT = re.compile(
    r"\b(card\s+auto[- ]?pay(ment)?|(credit\s*)?card\s+(payment|pymt|pmt)(?!\s+(to|at)\b)"
    r"|payment\s+to\s+credit\s*card)\b",
    re.IGNORECASE,
)


def looks_moved(row: Row) -> bool:
    """Return whether the row looks like one side of a transfer or of the payment of a debt."""
    return row.category in MOVES or ((says_nothing(row) or lowers_debt_without_refund(row)) and is_named_as_moved(row))


def may_be_moved(row: Row) -> bool:
    """Return whether the category allows that the row is one side."""
    return row.category in MOVES or says_nothing(row)


def is_named_as_moved(row: Row) -> bool:
    """Return whether OFX's TRNTYPE or the name is one that banks give to moves."""
    return row.transaction_type in TYPES or bool(row.merchant and NAME_OF_A_MOVE.search(row.merchant))


def lowers_debt(row: Row) -> bool:
    """Return whether the row is money in on a card or a loan, which the user did not call anything but a move."""
    return row.account_type in DEBTS and row.amount < 0 and (not row.chosen or row.category in MOVES)


def lowers_debt_without_refund(row: Row) -> bool:
    """Return whether the row lowers a debt and has no category that money is spent in, which refunds have."""
    return lowers_debt(row) and (row.account_type == LOAN or row.category not in SPENT_IN)


def looks_like_a_payment(row: Row) -> bool:
    """Return whether a row that lowers a debt looks like a payment rather than a refund."""
    return looks_moved(row) or (not row.chosen and is_named_as_moved(row))


def is_card_payment(row: Row) -> bool:
    """Return whether the row is money out that pays a card, as far as its category, or else its name, shows."""
    if CARD_PAYMENTS.isdisjoint({row.category, None if row.chosen else row.detailed_category}):
        return may_be_moved(row) and is_named_as_card_payment(row)
    return True


def is_named_as_card_payment(row: Row) -> bool:
    return not row.chosen and bool(row.merchant and NAME_OF_A_CARD_PAYMENT.search(row.merchant))


def may_pay_card(row: Row) -> bool:
    """Return whether the row may be the other side of what looks like a payment on a card."""
    if is_card_payment(row) or is_named_as_card_payment(row):
        return True
    return row.category == "LOAN_PAYMENTS" and row.detailed_category in {None, CARD_PAYMENT}


def may_move_to_card(row: Row) -> bool:
    """Return whether the row looks moved and is not the payment of a loan."""
    return looks_moved(row) and (may_pay_card(row) or row.category != "LOAN_PAYMENTS")


def pays_loan(row: Row) -> bool:
    """Return whether the row may be a payment of a loan, by its category."""
    return row.category == "LOAN_PAYMENTS" and row.detailed_category != CARD_PAYMENT


def lowers(kind: str, row: Row) -> bool:
    """Return whether the row is money in on an account of this type of debt."""
    return row.account_type == kind and lowers_debt(row)


def is_payment_on(kind: str, row: Row) -> bool:
    """Return whether the row looks like a payment on an account of this type of debt."""
    return lowers(kind, row) and looks_like_a_payment(row)


def is_named_on_unknown_account(row: Row) -> bool:
    """Return whether only the row's name suggests a payment: CSV does not say which accounts are cards."""
    return row.account_type is None and not row.chosen and is_named_as_moved(row)


def is_reward_or_payment(row: Row) -> bool:
    """Return whether the row is money in on a card that its category does not make a refund."""
    return lowers(CARD, row) and lowers_debt_without_refund(row)


def is_categorized_as_a_transfer(row: Row) -> bool:
    """Return whether the category, rather than the name, says transfer. Cash and money that was lent are none."""
    return row.category in BANKS_TRANSFERS and row.detailed_category != LENT and not is_cash(row)
