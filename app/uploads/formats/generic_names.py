"""Names that say how a payment was made, and not to whom: `POS PURCHASE`, `DEBIT CARD`, `ACH WITHDRAWAL`."""

import re

HOW = (
    "pos|purchase|purch|payment|pymt|pmt|debit|credit|card|check|cheque|visa|mastercard|maestro|eftpos|eft|ach"
    "|withdrawal|withdrwl|wd|deposit|dep|dbt|crd|checkcard|transaction|trans|txn|electronic|online|internet|web|mobile"
    "|direct|bill|recurring|preauthorized|preauth|pre-authorized|authorized|external|misc|miscellaneous|memo|sepa"
    "|lastschrift|kartenzahlung|girocard|ec|bankeinzug|gutschrift|prelevement|prélèvement|paiement|achat|carte|cb|pago"
    "|compra|tarjeta|bacs|contactless|signature|pin|dc|pp|unknown|n/a|na|none|other"
)
GENERIC = re.compile(rf"(?:(?:{HOW}|[-/*.:#&]+|[0-9]+)(?:\s+|$))+", re.IGNORECASE)


def is_generic(name: str) -> bool:
    """Return whether the name does not identify a merchant."""
    return GENERIC.fullmatch(name.strip()) is not None
