"""A deploy without the permission to lock."""

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.locking.held import held
from tests.unit.ops.scripted_cluster import Cluster


def test_without_the_permission_a_deploy_continues_and_says_so(
    cluster: Cluster, scripted: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.locks.on("GetItem", {"__type": "AccessDeniedException", "message": "no"})
    with held(scripted, "v1", console):
        pass
    assert "the caller is not allowed to use spendsense-local-locks" in capsys.readouterr().err
