"""What every part of the local cloud is given: where it lives and what it shares with the others."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localcloud.faults.active import Faults
from localcloud.machine.addresses import Addresses
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.moto.server import MotoServer

REGION = "us-west-1"
ACCOUNT_ID = "123456789012"


@dataclass(frozen=True, kw_only=True)
class Host:
    """One local cloud: `data_directory` holds all that survives it."""

    data_directory: Path
    endpoint_url: str
    clock: Clock
    ledger: Ledger
    addresses: Addresses
    moto: MotoServer
    faults: Faults = field(default_factory=lambda: Faults(Clock()))
    region: str = REGION
    account_id: str = ACCOUNT_ID


class Part(Protocol):
    """Something that `environment.py` starts and stops."""

    async def start(self) -> None:
        """Come up, with what earlier runs left; CannotStart when it cannot."""

    async def stop(self) -> None:
        """End every process of this part; the data stays."""

    def status(self) -> dict[str, object]:
        """For `/_localcloud/health`: `{"status": "ready" | "failed", ...}`."""
