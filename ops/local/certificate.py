"""The certificate of a local load balancer, which the local cloud issues: trusted only where it is given explicitly."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from ops.environment import CERTIFICATE
from ops.errors import CouldNotStart
from ops.waiter import Deadline, wait_for

LISTENS_WITHIN_S = 30.0
LOOK_S = 0.1


def keep(url: str, data_dir: Path) -> Path | None:
    """Write the certificate that the load balancer serves, for `curl --cacert`; None where it serves none.

    Errors: CouldNotStart.
    """
    there = urlsplit(url)
    if there.scheme != "https":
        return None
    address = (there.hostname or "", there.port or 443)
    served = wait_for(lambda: _served(address), Deadline(LISTENS_WITHIN_S), interval_s=LOOK_S)
    if served is None:
        raise CouldNotStart(f"the load balancer does not serve TLS at {there.netloc}")
    path = data_dir / CERTIFICATE
    path.write_text(served)
    return path


def _served(address: tuple[str, int]) -> str | None:
    try:
        return ssl.get_server_certificate(address, timeout=LISTENS_WITHIN_S)
    except OSError:  # it does not listen yet
        return None
