"""The currencies of ISO 4217 and how many digits each has after the point.

Source: ISO 4217, list one as published on 2026-01-01 and, of list three, the codes withdrawn since 1999: exports of
past years name them. Left out are the codes that name no money one pays with: metals, XDR and the like, XTS for
tests, XXX for none. They have no digits.
"""

TWO_DIGITS = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    ANG ATS AZM BEF BGN BYB CSD CUC CYP DEM EEK FIM FRF GHC HRK IEP LTL LVL MRO MTL MZM NLG ROL SDD SIT SKK SLL
    SRG STD TMM USS VEB VEF YUM ZMK ZWD ZWL ZWN ZWR
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
NO_DIGITS = frozenset(
    """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BYR ESP GRD ITL LUF PTE TRL
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
DIGITS: dict[str, int] = {
    **dict.fromkeys(TWO_DIGITS, 2),
    **dict.fromkeys(NO_DIGITS, 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
