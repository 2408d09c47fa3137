"""Addresses by identifier: like an endpoint's DNS name, an address belongs to whichever instance has the identifier."""

import json
import logging
from ipaddress import IPv4Address
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.addresses import Addresses, can_bind
from localcloud.machine.files import write_json

log = logging.getLogger(__name__)


class Endpoints:
    """The addresses, stored in `path`.

    An identifier keeps its address without an instance: the next instance of that name gets it.
    """

    def __init__(self, path: Path, addresses: Addresses) -> None:
        self._path = path
        self._addresses = addresses
        self._known: dict[str, str] = {}

    def load(self) -> None:
        """Reserve the addresses that earlier runs gave out."""
        # Each instance also stores its own.
        self._known = stored_files.read(self._path, _addresses, "deleted instances lose their address") or {}
        for address in self._known.values():
            self._addresses.claim(address)

    def address(self, identifier: str, port: int) -> str:
        """Return the address for an instance that is not running; a new one when another program uses its port."""
        known = self._known.get(identifier)
        if known is not None and can_bind(known, port):
            return known
        if known is not None:
            log.warning(
                "Another program listens at the address of %s, which therefore gets a new one",
                identifier,
                extra={"action": "endpoint_taken", "address": known, "port": port},
            )
            self._addresses.release(known)
        return self._keep(identifier, self._addresses.take([port]))

    def adopt(self, identifier: str, address: str) -> str:
        """Return the address of an identifier that has an instance: `address`, unless another is known."""
        if identifier in self._known:
            return self._known[identifier]
        self._addresses.claim(address)
        return self._keep(identifier, address)

    def _keep(self, identifier: str, address: str) -> str:
        self._known[identifier] = address
        write_json(self._path, self._known)
        return address


def _addresses(content: bytes) -> dict[str, str]:
    return {name: str(IPv4Address(address)) for name, address in json.loads(content).items()}
