"""The address of Redis: outside `local`, certificate and name are checked, whatever the address says."""

import ipaddress
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

WEAKER = ("ssl_cert_reqs", "ssl_check_hostname", "ssl_exclude_verify_flags")
"""Options that redis-py reads from the address, and with which it would accept any certificate or name."""


def encrypted(url: str) -> str:
    """Return the address with TLS and redis-py's own checks; unchanged if it stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not leaves_this_machine(parts.hostname):
        return url
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in WEAKER]
    return urlunsplit(parts._replace(scheme="rediss", query=urlencode(kept)))


def leaves_this_machine(host: str | None) -> bool:
    """Return whether a connection to a host can be seen by others; one to a loopback address cannot."""
    try:
        return not ipaddress.ip_address(host or "").is_loopback
    except ValueError:  # a name, which may stand for anything
        return True
