"""The port of the AWS endpoint in the last run: `up` waits for it, and says when the endpoint moves."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.local import last_endpoint, ports
from tests.ports import free_port
from tests.unit.ops.local.damage import damaged


@contextmanager
def held(port: int) -> Iterator[socket.socket]:
    """Listen there, as another program."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        yield listening


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("before", [None, 4566])
def test_an_endpoint_at_the_expected_port_is_not_mentioned(tmp_path: Path, before: int | None) -> None:
    if before is not None:
        last_endpoint.keep(tmp_path, url(before))
    assert last_endpoint.moved(tmp_path, url(4566)) == ""


def test_an_endpoint_that_moves_names_both_ports_and_the_reason(tmp_path: Path) -> None:
    assert "another program used 127.0.0.1:4566" in last_endpoint.moved(tmp_path, url(5001))
    last_endpoint.keep(tmp_path, url(4566))
    said = last_endpoint.moved(tmp_path, url(5001))
    assert said.startswith(
        "The AWS endpoint, which was at 127.0.0.1:4566 in the last run, is now at http://127.0.0.1:5001"
    )
    assert "another program used 127.0.0.1:4566; to return there, stop that program, then `spendsense down`" in said
    last_endpoint.keep(tmp_path, url(5001))
    assert last_endpoint.moved(tmp_path, url(5001)) == ""
    assert "127.0.0.1:4566 is free again" in last_endpoint.moved(tmp_path, url(4566))


def test_the_port_of_the_last_run_is_awaited_while_an_ending_process_holds_it(tmp_path: Path) -> None:
    port = free_port()
    last_endpoint.keep(tmp_path, url(port))
    with held(port) as listening:
        release = threading.Timer(0.3, listening.close)
        release.start()
        last_endpoint.await_release(tmp_path, port)
        assert ports.is_free(port)
        release.join()


def test_a_port_that_the_last_run_did_not_have_is_not_awaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(last_endpoint, "is_free", lambda port: looked.append(port))
    last_endpoint.await_release(tmp_path)
    last_endpoint.keep(tmp_path, url(5001))
    last_endpoint.await_release(tmp_path)
    assert looked == []


@damaged
def test_a_damaged_last_endpoint_is_ignored(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / last_endpoint.NAME)
    assert last_endpoint.port_of(tmp_path) is None
    last_endpoint.await_release(tmp_path)
    last_endpoint.keep(tmp_path, url(5001))
    assert last_endpoint.port_of(tmp_path) == 5001
