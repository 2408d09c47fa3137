"""Requests through the load balancer while a deployment is in progress."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.aws.clients import Aws
from ops.rollout import trickle
from ops.rollout.proof import FAILING_AT_LEAST, Kind, Phase, Response
from ops.rollout.trickle import Trickle, ask
from ops.rollout.verdict import Verdict
from tests.ports import free_port
from tests.unit.ops.scripted_cluster import Cluster, run

BY = '{"version": "1.0.0", "revision": "abc"}'


@pytest.fixture(autouse=True)
def only_the_first_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the requests that a phase is assessed by without pauses, and none later: nothing may wait for those."""
    monkeypatch.setattr(trickle, "SOON_S", 0.001)
    monkeypatch.setattr(trickle, "LOOK_S", 0.001)
    monkeypatch.setattr(trickle, "INTERVAL_S", 60.0)


@contextmanager
def serving(status: int, body: str = BY, server: str = "uvicorn") -> Iterator[str]:
    """URL of a server that gives every request the same response; none with status 0. server: its header `Server`."""

    class Handler(BaseHTTPRequestHandler):
        def version_string(self) -> str:
            return server

        def do_GET(self) -> None:
            if status:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.ANSWERED),
        (401, Kind.ANSWERED),
        (429, Kind.ANSWERED),
        (500, Kind.FAILED),
        (503, Kind.FAILED),
        (504, Kind.UNANSWERED),
        (0, Kind.FAILED),
    ],
)
def test_a_request_ends_as_its_answer_says(status: int, kind: Kind) -> None:
    with serving(status) as url:
        assert ask(url, "/version", Phase.DURING).kind is kind


def test_the_answer_of_version_says_who_gave_it() -> None:
    with serving(200) as url:
        assert ask(url, "/version", Phase.AFTER).by == "1.0.0 (abc)"
        assert ask(url, "/ready", Phase.AFTER).by is None
    with serving(200, "[]") as url:
        assert ask(url, "/version", Phase.AFTER).by is None


def test_where_nothing_listens_there_is_not_a_connection() -> None:
    answer = ask(f"http://127.0.0.1:{free_port()}", "/version", Phase.BEFORE)
    assert (answer.kind, answer.took_s < trickle.CONNECT_S) == (Kind.UNREACHED, True)


def test_each_phase_soon_has_responses_to_assess_it_by() -> None:
    sent = Trickle("http://service", lambda route, phase: Response(phase=phase, kind=Kind.ANSWERED, took_s=0.0))
    sent.start()
    sent.turn_to(Phase.DURING)
    sent.turn_to(Phase.AFTER)
    sent.await_answers()
    sent.stop()
    assert [each.requests >= trickle.ENOUGH for each in sent.proof.phases.values()] == [True] * 3


def test_nothing_is_sent_during_a_deployment_before_which_requests_failed() -> None:
    """They would set off the alarm that rolls the fix back."""

    def answer(route: str, phase: Phase) -> Response:
        kind = Kind.ANSWERED if phase is Phase.AFTER else Kind.FAILED
        return Response(phase=phase, kind=kind, took_s=0.0, what=route)

    sent = Trickle("http://service", answer)
    sent.start()
    sent.turn_to(Phase.DURING)
    sent.turn_to(Phase.AFTER)
    sent.await_answers()
    sent.stop()
    assert Phase.DURING not in sent.proof.phases
    assert sent.proof.phases[Phase.AFTER].requests >= trickle.ENOUGH
    assert "not requested during the deployment" in "\n".join(sent.proof.remarks)


def test_a_route_that_failed_before_a_deployment_is_left_out_during_it() -> None:
    """With a few requests a second, one route of three is enough to set off the alarm that rolls the fix back."""

    def answer(route: str, phase: Phase) -> Response:
        is_bad = route == "/ready" and phase is not Phase.AFTER
        return Response(phase=phase, kind=Kind.FAILED if is_bad else Kind.ANSWERED, took_s=0.0, what=f"GET {route}")

    sent = Trickle("http://service", answer)
    sent.start()
    sent.turn_to(Phase.DURING)
    sent.turn_to(Phase.AFTER)
    sent.await_answers()
    sent.stop()
    during, after = sent.proof.phases[Phase.DURING], sent.proof.phases[Phase.AFTER]
    assert (during.requests >= trickle.ENOUGH, during.failed) == (True, 0)
    assert after.requests >= trickle.ENOUGH
    assert sent.proof.left_out == ("/ready",)
    assert sent.proof.verdict == "fine"


def test_while_the_load_balancer_has_no_task_it_is_asked_no_more() -> None:
    def answer(route: str, phase: Phase) -> Response:
        is_unserved = phase is Phase.DURING
        kind = Kind.FAILED if is_unserved else Kind.ANSWERED
        return Response(phase=phase, kind=kind, took_s=0.0, what=route, is_unserved=is_unserved)

    sent = Trickle("http://service", answer)
    sent.start()
    sent.turn_to(Phase.DURING)
    sent.turn_to(Phase.AFTER)
    sent.await_answers()
    sent.stop()
    assert sent.proof.phases[Phase.DURING].requests == FAILING_AT_LEAST
    assert sent.proof.is_failing


def test_before_a_first_deploy_too_few_requests_are_sent_to_set_off_an_alarm() -> None:
    """`error-rate-surge` wants 3 errors in a minute."""

    def answer(route: str, phase: Phase) -> Response:
        is_unserved = phase is not Phase.AFTER
        kind = Kind.FAILED if is_unserved else Kind.ANSWERED
        return Response(phase=phase, kind=kind, took_s=0.0, what=route, is_unserved=is_unserved)

    sent = Trickle("http://service", answer)
    sent.start()
    for phase in (Phase.DURING, Phase.AFTER):
        sent.turn_to(phase)
    sent.await_answers()
    sent.stop()
    phases = sent.proof.phases
    assert phases[Phase.BEFORE].requests + phases[Phase.DURING].requests <= 2
    assert phases[Phase.AFTER].requests > 0


@pytest.mark.parametrize(("server", "is_unserved"), [("awselb/2.0", True), ("uvicorn", False)])
def test_a_503_of_the_load_balancer_itself_is_distinguished_from_one_of_a_task(
    server: str, *, is_unserved: bool
) -> None:
    with serving(503, server=server) as url:
        assert ask(url, "/ready", Phase.DURING).is_unserved is is_unserved


def test_a_load_balancer_that_nobody_reaches_is_given_up_soon() -> None:
    sent = Trickle("http://service", trickle.nobody)
    sent.start()
    sent.await_answers()
    assert sent.proof.verdict == "unknown"


def answering(monkeypatch: pytest.MonkeyPatch, *, fails_from: Phase | None) -> None:
    """Give the scripted environment a load balancer whose requests fail from a phase on."""
    order = list(Phase)

    def answer(route: str, phase: Phase) -> Response:
        good = Response(phase=phase, kind=Kind.ANSWERED, took_s=0.001, what=f"GET {route}")
        is_bad = fails_from is not None and order.index(phase) >= order.index(fails_from)
        return replace(good, kind=Kind.FAILED, what=f"GET {route} 500") if is_bad else good

    monkeypatch.setattr(trickle, "through_load_balancer", lambda _: Trickle("http://service", answer))


def test_a_deploy_says_what_its_requests_proved(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, fails_from=None)
    cluster.after_update = [lambda: None, cluster.complete]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert "requests after: " in result.message
    assert result.as_json()["traffic"]["verdict"] == "fine"  # type: ignore[index]


def test_a_revision_that_fails_requests_serves_and_is_recorded_but_the_deploy_has_failed(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, fails_from=Phase.AFTER)
    cluster.after_update = [lambda: None, cluster.complete]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.REQUESTS_FAILED, 1)
    assert result.message.startswith("Deployed, but requests fail: revision 7 serves")
    assert "requests through the load balancer failed: GET /version 500" in result.message
    assert "spendsense rollback" in result.next_steps
    assert any("1" * 12 in request["Value"] for request in cluster.ssm.sent("PutParameter"))


def test_without_a_url_the_requests_are_unknown_and_nothing_else_changes(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert "no requests were sent through the load balancer: there is none yet" in result.message
    assert result.as_json()["traffic"]["verdict"] == "unknown"  # type: ignore[index]
