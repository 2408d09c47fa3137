"""TLS to the database: no byte goes to a server whose certificate and name were not checked."""

import ssl
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# The roots that sign the certificates of RDS, as AWS publishes them (docs/reference/settings.md: DATABASE_CA_FILE).
RDS_CERTIFICATES = Path(__file__).parent / "certificates" / "rds.pem"
UNENCRYPTED_MODES = {"disable", "allow", "prefer"}


class DatabaseTls:
    """When to speak TLS, and whom to believe.

    is_required: refuse a connection without TLS whatever the address says. ca_file: the certificates that may sign the
    server's; None for RDS's.
    """

    def __init__(self, *, is_required: bool, ca_file: str | None) -> None:
        self.is_required = is_required
        self.ca_file = ca_file

    def of(self, url: str) -> ssl.SSLContext | str:
        """The driver's `ssl` for this address: a context that checks everything, or `disable`.

        libpq's weaker modes are taken as verify-full: `require` would believe any certificate. Errors: OSError when the
        file of certificates cannot be read.
        """
        asked = parse_qs(urlsplit(url).query)
        mode = asked.get("sslmode", ["disable"])[-1]
        if mode in UNENCRYPTED_MODES and not self.is_required:
            return "disable"
        named = asked.get("sslrootcert", [None])[-1]
        return checking_context(named or self.ca_file or str(RDS_CERTIFICATES))


@lru_cache
def checking_context(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 at least, a certificate signed by one of these, for the host that was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    return context
