"""The authorities that httpx trusts, read once in a process: otherwise each client reads them, most of its making."""

import os
import ssl
from functools import cache
from typing import Any

from httpx import create_ssl_context
from httpx._transports import default

NAMED_BY = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def share() -> None:
    """Let all clients of httpx made from now on share the usual authorities, but those that name others."""
    transports: Any = default
    transports.create_ssl_context = _context


def _context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    is_usual = verify is True and cert is None and not (trust_env and any(os.environ.get(name) for name in NAMED_BY))
    return _usual() if is_usual else create_ssl_context(verify, cert, trust_env)


@cache
def _usual() -> ssl.SSLContext:
    return create_ssl_context(trust_env=False)
