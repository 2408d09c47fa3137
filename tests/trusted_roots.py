"""The authorities that httpx trusts, read once in a process: otherwise each client reads them, most of its making."""

import os
import ssl
from functools import cache
from typing import Any

from httpx import create_ssl_context
from httpx._transports import default

NAMED_BY = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def share() -> None:
    """Let all clients of httpx made from now on share the authorities that they trust unless told otherwise."""
    transports: Any = default
    transports.create_ssl_context = _context


def _context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    if verify is not True or cert is not None:
        return create_ssl_context(verify, cert, trust_env)
    return _usual(*(os.environ.get(name) for name in NAMED_BY)) if trust_env else _usual(None, None)


@cache
def _usual(*named: str | None) -> ssl.SSLContext:
    return create_ssl_context(trust_env=any(named))
