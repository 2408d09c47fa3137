"""The real local cloud that all tests in this folder share."""

from collections.abc import Iterator

import pytest

from tests.integration.localcloud.ecs.daemon import Shell, start


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data")
    try:
        yield Shell(daemon)
    finally:
        assert daemon.stop() == 0
