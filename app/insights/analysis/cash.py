"""Cash withdrawals and deposits: they are payments to no one, however regular they are."""

import re

from app.insights.analysis.rows import Row

CASH_TYPES = frozenset({"ATM", "CASH"})  # OFX's
CASH_CATEGORIES = frozenset({"TRANSFER_OUT_WITHDRAWAL", "TRANSFER_IN_DEPOSIT"})  # Plaid's detailed ones
NAME_OF_CASH = re.compile(
    r"\b(atm|cash\s+(machine|withdrawal|wdl|deposit)|cashpoint|geldautomat\w*|bargeld\w*|bancomat|retrait"
    r"|cajero|saque)\b",
    re.IGNORECASE,
)


def is_cash(row: Row) -> bool:
    """Return whether the bank marks the row as cash."""
    if row.transaction_type in CASH_TYPES or row.detailed_category in CASH_CATEGORIES:
        return True
    return bool(row.merchant and NAME_OF_CASH.search(row.merchant))
