"""Ports that a load balancer may listen on."""

import socket

import pytest

from ops.errors import CouldNotStart
from ops.local import ports


def test_a_requested_port_that_is_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CouldNotStart, match=f"127.0.0.1:{port} is in use"):
            ports.checked_port(port)
