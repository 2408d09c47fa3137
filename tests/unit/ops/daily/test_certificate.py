"""The certificate check of `spendsense doctor`, with a server of its own on this machine."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.daily.certificate import DAY_S, certificate, of_plain_http, of_server
from ops.daily.finding import Grade
from tests.certificates import Authority
from tests.unit.ops.scripted_cluster import Cluster


@contextmanager
def serving(files: tuple[Path, Path]) -> Iterator[str]:
    """Shake hands once with a certificate; yield the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def answer() -> None:
            accepted, _ = listening.accept()
            try:
                with context.wrap_socket(accepted, server_side=True) as connection:
                    connection.recv(1)
            except OSError:  # a client that does not trust it hangs up
                accepted.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(("days_ago", "grade"), [(0, Grade.FAIL), (10, Grade.WARN), (60, Grade.OK)])
def test_the_days_that_are_left_decide(tmp_path: Path, days_ago: float, grade: Grade) -> None:
    authority = Authority(tmp_path)
    with serving(authority.sign("127.0.0.1")) as url:  # valid for one more day
        found = of_server(url, authority.certificate, time.time() - days_ago * DAY_S, checks_name=True)
    assert (found.grade, found.name) == (grade, "certificate")
    assert f"valid for {days_ago + 1:.0f} more days" in found.found
    assert bool(found.next_step) is (grade is not Grade.OK)


def test_another_name_and_an_unknown_authority_are_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.sign("127.0.0.2")
    with serving(files) as url:
        found = of_server(url, authority.certificate, time.time(), checks_name=True)
    assert (found.grade, "127.0.0.1" in found.found) == (Grade.FAIL, True)
    with serving(files) as url:
        found = of_server(url, None, time.time(), checks_name=False)
    assert (found.grade, "unable to get local issuer certificate" in found.found) == (Grade.FAIL, True)


def test_the_servers_own_certificate_may_be_what_is_trusted(tmp_path: Path) -> None:
    files = Authority(tmp_path).sign("127.0.0.1")
    with serving(files) as url:
        found = of_server(url, files[0], time.time() - 60 * DAY_S, checks_name=False)
    assert (found.grade, found.found) == (Grade.OK, "127.0.0.1, valid for 61 more days")


def test_a_server_that_does_not_respond_fails() -> None:
    assert of_server("https://127.0.0.1:1", None, 0.0, checks_name=True).grade is Grade.FAIL


def test_plain_http_is_a_warning_on_aws_alone() -> None:
    assert of_plain_http("http://example.com", is_local=False).grade is Grade.WARN
    assert of_plain_http("http://127.0.0.1:8080", is_local=True).grade is Grade.OK


@pytest.mark.usefixtures("cluster")
def test_before_there_is_a_load_balancer_there_is_no_certificate(cluster: Cluster, scripted: Aws) -> None:
    del cluster
    found = certificate(scripted, 0.0)
    assert (found.grade, "none yet" in found.found) == (Grade.OK, True)
