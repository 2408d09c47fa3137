"""Failed tasks are explained once per cause."""

import pytest

from ops.aws.clients import Aws
from tests.unit.ops.scripted_cluster import Cluster, run


def test_a_repeated_cause_is_reported_once_and_scaling_in_is_no_failure(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    progress = capsys.readouterr().err
    assert progress.count("Traceback ...") == 1
    assert "task crash2 failed the same way (2 so far)" in progress
    assert result.outcome is not None
    assert [failure.task for failure in result.outcome.failures] == ["crash1", "crash2"]
