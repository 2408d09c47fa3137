"""Failed tasks are explained once per cause."""

import pytest

from ops.aws.clients import Aws
from ops.rollout.failures import Failure
from tests.unit.ops.scripted_cluster import Cluster, run


def test_a_repeated_cause_is_reported_once_and_scaling_in_is_not_a_failure(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    progress = capsys.readouterr().err
    assert progress.count("Traceback ...") == 1
    assert "task crash2 failed the same way (2 so far)" in progress
    assert result.outcome is not None
    assert [failure.task for failure in result.outcome.failures] == ["crash1", "crash2"]
    assert result.as_json()["class"] == "crash"
    assert result.as_json()["cause"] == (
        "crash: the program ended by itself: Essential container in task exited, exit code 1; its last log line: "
        "Traceback ..."
    )


@pytest.mark.parametrize(
    ("stop_code", "reason", "exit_code", "step"),
    [
        ("TaskFailedToStart", "CannotPullContainerError: pull access denied", None, "the image cannot be pulled"),
        (
            "TaskFailedToStart",
            "ResourceInitializationError: unable to pull secrets",
            None,
            "the task cannot use a secret",
        ),
        ("EssentialContainerExited", "OutOfMemoryError: Container killed", 137, "the task was killed"),
        ("EssentialContainerExited", "Essential container in task exited", 3, "the program could not start"),
        ("EssentialContainerExited", "Essential container in task exited", 1, ""),
        ("ServiceSchedulerInitiated", "Task failed ELB health checks", 137, ""),
        (None, "never became healthy", None, ""),
    ],
)
def test_a_failure_names_a_next_step_if_the_stop_reason_alone_shows_it(
    stop_code: str | None, reason: str, exit_code: int | None, step: str
) -> None:
    failure = Failure(
        task="t", stopped_reason=reason, stop_code=stop_code, exit_code=exit_code, container_reason=None, log=()
    )
    assert failure.next_step.startswith(step) and bool(failure.next_step) is bool(step)
    assert (f"  {failure.next_step}" in failure.lines()) is bool(step)
