"""Rows as an older reader left them, and their details."""

from typing import Any

OFX = (
    "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>4111111111111111</CCACCTFROM>"
    "<BANKTRANLIST>{}</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
)

ROW = "<STMTTRN><TRNTYPE>{type}<DTPOSTED>20260105<TRNAMT>{amount}{fitid}<NAME>{name}<MEMO>{memo}</STMTTRN>"

DETAILS = "detailed_category, original_name, memo, transaction_type"

AS_READ_BEFORE = """
    UPDATE transactions SET merchant_name = original_name
    WHERE transaction_type IS NOT NULL AND original_name IS NOT NULL;
    UPDATE transactions SET detailed_category = NULL, original_name = NULL, memo = NULL, transaction_type = NULL;
    DELETE FROM accounts;
    UPDATE uploads SET reading = 0;
"""


def ofx(*amounts: str, fitid: str = "", name: str = "POS PURCHASE", memo: str = "CORNER CAFE {}") -> str:
    """A card's statement; its rows have no bank's id unless one is given."""
    written = (
        ROW.format(type="POS", amount=amount, fitid=fitid and f"<FITID>{fitid}", name=name, memo=memo.format(number))
        for number, amount in enumerate(amounts)
    )
    return OFX.format("".join(written))


async def details(database: Any) -> list[tuple[Any, ...]]:
    found = await database.fetch(f"SELECT {DETAILS} FROM transactions ORDER BY account_id, date, amount, memo, id")  # noqa: S608
    return [tuple(row) for row in found]
