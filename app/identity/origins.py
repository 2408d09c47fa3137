"""The origin of a session, only as precise as a user needs to recognize it: a network and a program's name."""

import ipaddress
from typing import NamedTuple

from starlette.types import Scope

from app.platform.middleware import header_of
from app.platform.rate_limit_middleware import address_of

USER_AGENT_CHARACTERS = 200
IPV4_PREFIX, IPV6_PREFIX = 24, 48


class Origin(NamedTuple):
    """address: the client's, in the form of a rate limit key, only for counting. The session stores the others."""

    address: str
    network: str | None
    user_agent: str | None

    @classmethod
    def of(cls, scope: Scope) -> "Origin":
        address = address_of(scope)
        return cls(address, network_of(address), printable(header_of(scope, b"user-agent")))


def network_of(address: str) -> str | None:
    """Return the client's network: shared by many people, yet enough to tell home from abroad."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    prefix = IPV4_PREFIX if found.version == 4 else IPV6_PREFIX
    return str(ipaddress.ip_network((found, prefix), strict=False))


def printable(user_agent: str | None) -> str | None:
    """Return the program's name for itself without unprintable characters; it may say anything."""
    kept = "".join(character for character in user_agent or "" if character.isprintable())
    return kept[:USER_AGENT_CHARACTERS] or None
