"""Roughly what currencies were worth since about 2010: enough to tell that two amounts cannot be the same money."""

from decimal import Decimal

Amount = tuple[Decimal, str]

# The fewest and the most units that one US dollar bought, with a margin for later years and for fees. Currencies that
# lost nearly all their value meanwhile are left out: any amount would be plausible.
UNITS_PER_DOLLAR = """
    USD 1 1, EUR 0.64 1.08, GBP 0.57 0.98, CHF 0.75 1.15, CAD 0.92 1.55, AUD 0.88 1.80, NZD 1.10 1.95, JPY 72 170,
    SEK 5.8 11.7, NOK 5.2 12.0, DKK 4.8 8.0, ISK 98 150, PLN 2.6 5.2, CZK 16 27, HUF 170 450, RON 2.7 5.0,
    BGN 1.25 2.10, HRK 4.8 8.1, RSD 70 122, TRY 1.3 60, UAH 7.5 50, RUB 27 125, GEL 1.55 3.50, KZT 140 560,
    CNY 5.8 7.6, HKD 7.6 8.0, TWD 26 35, KRW 980 1550, SGD 1.15 1.50, MYR 2.8 4.9, THB 28 38, IDR 8300 17500,
    PHP 39 62, VND 18000 27500, INR 43 95, PKR 80 310, BDT 65 130, LKR 105 380, NPR 68 150, ILS 3.0 4.1,
    AED 3.6 3.75, SAR 3.7 3.8, QAR 3.6 3.7, KWD 0.26 0.32, BHD 0.37 0.38, OMR 0.38 0.39, JOD 0.70 0.72, EGP 5.4 60,
    MAD 7.5 11.5, TND 1.2 3.5, ZAR 6.5 20, KES 75 165, GHS 1.4 17, NGN 145 1800, BRL 1.5 6.5, MXN 11 26, CLP 450 1070,
    COP 1700 5200, PEN 2.5 4.2, UYU 18 46, CRC 480 710, DOP 36 65
"""
RANGES: dict[str, tuple[Decimal, Decimal]] = {
    code: (Decimal(fewest), Decimal(most))
    for code, fewest, most in (entry.split() for entry in UNITS_PER_DOLLAR.split(","))
}


def can_be_worth_the_same(one: Amount, other: Amount) -> bool:
    """Return whether two positive amounts can be the same money; False if nothing is known about a currency.

    No exchange leaves the figure unchanged.
    """
    if one[0] == other[0] or one[1] not in RANGES or other[1] not in RANGES:
        return False
    (least, most), (others_least, others_most) = dollars(one), dollars(other)
    return least <= others_most and others_least <= most


def dollars(amount: Amount) -> tuple[Decimal, Decimal]:
    """Return the least and the most that the amount was worth."""
    value, currency = amount
    fewest, most = RANGES[currency]
    return value / most, value / fewest
