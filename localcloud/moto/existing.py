"""Finds moto's backends without creating any: reading one by its key would create and save it."""

import sys
from typing import Any

EVERYWHERE = "aws"
"""The region under which moto keeps services that have none: IAM, S3."""


def backend_of(service: str, account_id: str, region: str = EVERYWHERE) -> Any:
    """Return a backend; None while moto has none. `service`: the name of moto's package.

    Reads only, and may be called in any thread: each look-up in a dictionary is atomic.
    """
    return dict.get(_of_account(service, account_id), region)


def backends_of(service: str, account_id: str) -> dict[str, Any]:
    """Return region -> backend."""
    return dict.copy(_of_account(service, account_id))


def _of_account(service: str, account_id: str) -> dict[str, Any]:
    module = sys.modules.get(f"moto.{service}.models")
    found: dict[str, Any] = dict.get(getattr(module, f"{service}_backends", {}), account_id, {})
    return found
