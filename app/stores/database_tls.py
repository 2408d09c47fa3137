"""TLS to the database: nothing is sent to a server before its certificate and name are verified."""

import ssl
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app.platform.redis_address import leaves_this_machine

# The root certificates of RDS, as AWS publishes them (docs/reference/settings.md: DATABASE_CA_FILE).
RDS_CERTIFICATES = Path(__file__).parents[1] / "certificates" / "rds.pem"
UNENCRYPTED_MODES = {"disable", "allow", "prefer"}


class DatabaseTls:
    """The policy for TLS: when to use it, and which certificates to trust.

    is_required: refuse a connection without TLS whatever the address says, unless it stays on this machine.
    ca_file: the certificates that may sign the server's; None for RDS's.
    """

    def __init__(self, *, is_required: bool, ca_file: str | None) -> None:
        self.is_required = is_required
        self.ca_file = ca_file

    def of(self, url: str) -> ssl.SSLContext | str:
        """Return the driver's `ssl` argument for this address: a context that verifies everything, or `disable`.

        libpq's weaker modes are treated as verify-full: `require` would accept any certificate. Errors: OSError when
        the certificate file cannot be read.
        """
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        mode = query.get("sslmode", ["disable"])[-1]
        if mode in UNENCRYPTED_MODES and not (self.is_required and leaves_this_machine(parts.hostname)):
            return "disable"
        named = query.get("sslrootcert", [None])[-1]
        return checking_context(named or self.ca_file or str(RDS_CERTIFICATES))


@lru_cache
def checking_context(ca_file: str) -> ssl.SSLContext:
    """Make a context that requires TLS 1.2 or later and a certificate of one of these CAs for the requested host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    return context
