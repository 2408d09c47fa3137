"""The update of the service and its watch: signals, hiccups, refusals and lost responses."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from ops.aws import retries
from ops.aws.clients import Aws
from ops.errors import AwsRefused, NotReachable
from ops.rollout.verdict import Verdict
from ops.signals import standing
from ops.waiter import Deadline
from tests.unit.ops.scripted_cluster import Cluster, run


def test_a_signal_leaves_the_deployment_running_and_says_so(cluster: Cluster, scripted: Aws) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster.after_update = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert standing() == (
        "deployment ecs-svc/7 of revision 7 continues",
        "look at it:   spendsense status",
        "roll it back: spendsense rollback",
    )


THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}


def gone(_: dict[str, Any]) -> dict[str, Any]:
    raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize("hiccup", [lambda _: THROTTLED, gone], ids=["throttled", "gone"])
@pytest.mark.parametrize(
    "operation", ["DescribeServices", "DescribeServiceDeployments", "ListTasks", "DescribeTasks", "GetLogEvents"]
)
def test_a_hiccup_is_outlasted_and_reported(
    cluster: Cluster,
    scripted: Aws,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    hiccup: Any,
) -> None:
    monkeypatch.setattr(retries, "REPORTED_AFTER_S", 0.01)
    wire: Any = cluster.logs if operation == "GetLogEvents" else cluster.ecs
    answers = wire.answer_of(operation)
    left = 10

    def trouble(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if not cluster.updated or left == 0:
            return answers(request)  # type: ignore[no-any-return]
        left -= 1
        return hiccup(request)  # type: ignore[no-any-return]

    wire.on(operation, trouble)
    cluster.after_update = [lambda: None, cluster.crash, lambda: None, cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    reported = capsys.readouterr().err
    assert reported.count("waiting until AWS responds again") >= 1
    assert "AWS responds again, after" in reported
    assert left == 0


def test_a_hiccup_beyond_the_time_limit_is_named_and_the_deployment_continues(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, left = 0.0, 5
    monkeypatch.setitem(Deadline.__init__.__kwdefaults__, "clock", lambda: now)

    def trouble(_: dict[str, Any]) -> dict[str, Any]:
        nonlocal now, left
        left -= 1
        now += 60.0 if left == 0 else 0.0
        return THROTTLED

    cluster.after_update = [lambda: cluster.ecs.on("DescribeTasks", trouble)]
    with pytest.raises(NotReachable, match="Rate exceeded; deployment ecs-svc/7 of revision 7 continues") as raised:
        run(scripted, timeout_s=60.0)
    assert raised.value.as_json()["class"] == "endpoint_gone"
    assert "spendsense status" in str(raised.value.next_step)


def test_a_lasting_refusal_ends_the_watch_and_is_named(cluster: Cluster, scripted: Aws) -> None:
    def expire() -> None:
        cluster.ecs.on("ListTasks", {"__type": "ExpiredTokenException", "message": "The token has expired"})

    cluster.after_update = [expire]
    with pytest.raises(AwsRefused, match="The token has expired; deployment ecs-svc/7 of revision 7 continues"):
        run(scripted)


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_update_whose_answer_is_lost_is_repeated_only_if_it_was_not_carried_out(
    cluster: Cluster, scripted: Aws, *, carried_out: bool
) -> None:
    update = cluster.ecs.answer_of("UpdateService")
    left = 3

    def lose(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if left == 0:
            return update(request)
        if carried_out and not cluster.updated:
            update(request)
        left -= 1
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1:1")

    cluster.ecs.on("UpdateService", lose)
    cluster.after_update = [lambda: None, cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert len(cluster.ecs.sent("UpdateService")) == (1 if carried_out else 4)
