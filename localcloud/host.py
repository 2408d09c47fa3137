"""The context of every part of the local cloud: its data directory, and the objects that parts share."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localcloud.errors import CannotStart
from localcloud.faults.active import Faults
from localcloud.machine.addresses import Addresses
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.moto.server import MotoServer

REGION = "us-west-1"
ACCOUNT_ID = "123456789012"
ACCOUNT_FILE = "account-id"


def account_in(data_directory: Path) -> str:
    """Return the account of a data directory: what its file `account-id` says, or the default. Errors: CannotStart."""
    path = data_directory / ACCOUNT_FILE
    if not path.is_file():
        return ACCOUNT_ID
    written = path.read_text(errors="replace").strip()
    if not (written.isascii() and written.isdigit() and len(written) == len(ACCOUNT_ID)):
        raise CannotStart(f"{path}: should be an account id of 12 digits, found {written[:40]!r}")
    return written


@dataclass(frozen=True, kw_only=True)
class Host:
    """One local cloud. `data_directory` contains everything that survives it."""

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
    """A component that `environment.py` starts and stops."""

    async def start(self) -> None:
        """Start, with the data that earlier runs left. Errors: CannotStart."""

    async def stop(self) -> None:
        """End every process of this part; the data is kept."""

    def status(self) -> dict[str, object]:
        """Return the status for `/_localcloud/health`: `{"status": "ready" | "failed", ...}`."""
