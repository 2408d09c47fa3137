"""The currencies of ISO 4217 and how many decimal places each has.

Source: ISO 4217, list one as published on 2026-01-01, including its funds that have decimals (CLF, USN, ...), and, of
list three, the codes of money withdrawn since 1999: exports of past years name them. NO_MONEY has the codes that are
not means of payment: metals, units of account, XTS for tests, XXX for none. They have no decimal places.
"""

from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.00")
TWO_DIGITS = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    AFA ANG AON AOR ATS AZM BEF BGL BGN BYB CSD CUC CYP DEM ECS EEK FIM FRF GHC HRK IEP LTL LVL MRO MTL MZM NLG ROL RUR
    SDD SIT SKK SLL SRG STD TJR TMM TPE USS VEB VEF YUM ZMK ZRN ZWD ZWL ZWN ZWR
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
NO_DIGITS = frozenset(
    """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ADP BYR ESP GRD ITL LUF MGF PTE TRL
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
NO_MONEY = frozenset(
    "XAG XAU XBA XBB XBC XBD XDR XEU XFO XFU XPD XPT XRE XSU XTS XUA XXX".split()  # noqa: SIM905 - as above
)
DECIMAL_PLACES: dict[str, int] = {
    **dict.fromkeys(TWO_DIGITS, 2),
    **dict.fromkeys(NO_DIGITS, 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
CENTS = frozenset(code for code, places in DECIMAL_PLACES.items() if places == 2)
# Adding it to a sum gives the sum its currency's decimal places and turns minus zero into zero.
NOTHING: dict[str, Decimal] = {code: Decimal(0).scaleb(0 - places) for code, places in DECIMAL_PLACES.items()}


def with_digits(amount: Decimal, currency: str) -> Decimal:
    """Return the same amount with its currency's decimal places: 5 dollars are 5.00, 5 yen are 5. More stay."""
    places = NOTHING.get(currency, CENT)
    shown = amount.quantize(places)
    return (shown if shown == amount else amount) + places


def in_digits(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with exactly its currency's decimal places, rounded half to even: for a mean or a median."""
    places = NOTHING.get(currency, CENT)
    return amount.quantize(places, ROUND_HALF_EVEN) + places
