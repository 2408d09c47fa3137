"""The local cloud that `up` uses: a running one with other settings is refused."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.console import Console
from ops.environment import LocalEndpoint
from ops.errors import Misuse
from ops.local import attach, last_endpoint
from tests.in_thread import in_thread
from tests.integration.ops.local.stand_in import STARTED, start


def test_any_port_accepts_a_local_cloud_that_is_already_running(data_dir: Path) -> None:
    child = start(data_dir)
    cloud = attach.attach_or_start(attach.Settings(port=0), data_dir, Console())
    assert (cloud.local.pid, cloud.child, cloud.was_running) == (child.pid, None, True)
    with pytest.raises(Misuse, match="is already running, with --port"):
        attach.attach_or_start(attach.Settings(port=1), data_dir, Console())
    with pytest.raises(Misuse, match="with --container-engine auto instead of none"):
        attach.attach_or_start(attach.Settings(container_engine="none"), data_dir, Console())


def test_a_local_cloud_that_is_still_stopping_is_replaced_when_it_has_ended(data_dir: Path) -> None:
    """An `up` that was told twice to end leaves one behind."""
    stopping = start(data_dir)
    (data_dir / "endpoint.json").unlink()  # the first thing that a stopping one does
    end = threading.Timer(0.5, stopping.kill)
    end.start()
    cloud = attach.attach_or_start(attach.Settings(), data_dir, Console())
    assert cloud.child is not None
    STARTED.append(cloud.child)
    assert cloud.local.pid == cloud.child.pid != stopping.pid
    end.join()


def test_up_says_that_the_endpoint_is_at_another_port_than_in_the_last_run(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last_endpoint.keep(data_dir, "http://127.0.0.1:5001")
    cloud = attach.attach_or_start(attach.Settings(), data_dir, Console())
    assert cloud.child is not None
    STARTED.append(cloud.child)
    said = " ".join(capsys.readouterr().err.split())
    assert f"which was at 127.0.0.1:5001 in the last run, is now at {cloud.local.endpoint}" in said
    assert last_endpoint.port_of(data_dir) == urlsplit(cloud.local.endpoint).port


def test_up_waits_for_a_failed_part_that_recovers(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed, well = {"rds": {"status": "failed"}}, {"rds": {"status": "ready"}}
    with health_of(failed, failed, well) as endpoint:
        attach.check_parts(cloud_at(endpoint, data_dir), attach.Settings(), Console())
    assert "Failed: rds (" in capsys.readouterr().err


@contextmanager
def health_of(*reports: dict[str, Any]) -> Iterator[str]:
    """Serve these health reports, one after the other; the last one stays."""
    left = list(reports)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"parts": left.pop(0) if len(left) > 1 else left[0]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def cloud_at(endpoint: str, data_dir: Path) -> attach.LocalCloud:
    known = {"region": "us-west-1", "account_id": "123456789012", "image_store": data_dir}
    local = LocalEndpoint(endpoint=endpoint, pid=1, speed=5.0, **known)
    return attach.LocalCloud(local=local, data_dir=data_dir, child=None, was_running=True)
