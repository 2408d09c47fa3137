"""Evidence about a deployment from requests through the load balancer."""

from dataclasses import replace

import pytest

from ops.rollout.proof import Kind, Phase, Response, percentile, prove

URL = "http://service"
GOOD = Response(phase=Phase.DURING, kind=Kind.ANSWERED, took_s=0.004, what="GET /version", by="1.0.0 (abc)")
BAD = replace(GOOD, kind=Kind.FAILED, what="GET /version 500", by=None)


def answers(phase: Phase, good: int, bad: int = 0) -> list[Response]:
    return [replace(GOOD, phase=phase)] * good + [replace(BAD, phase=phase)] * bad


def test_requests_are_counted_by_phase_and_by_who_answered() -> None:
    new = replace(GOOD, phase=Phase.AFTER, took_s=0.02, by="1.1.0 (def)")
    proof = prove(URL, [*answers(Phase.BEFORE, 8), *answers(Phase.DURING, 20), *[new] * 8])
    assert (proof.verdict, proof.lines) == ("fine", [])
    assert proof.remarks == [
        "requests before: 8 requests, 0 failed, p50 4 ms, p95 4 ms",
        "requests during: 20 requests, 0 failed, p50 4 ms, p95 4 ms",
        "requests after: 8 requests, 0 failed, p50 20 ms, p95 20 ms",
        "answered by 1.0.0 (abc) (28), 1.1.0 (def) (8)",
    ]
    written = proof.as_json()
    assert written["after"] == {
        "requests": 8,
        "failed": 0,
        "unanswered": 0,
        "unreached": 0,
        "p50_ms": 20.0,
        "p95_ms": 20.0,
    }


@pytest.mark.parametrize(
    ("before", "during", "after", "is_failing"),
    [
        ((8, 0), (40, 0), (4, 4), True),  # the new revision fails what the old one answered
        ((8, 0), (40, 5), (8, 0), True),  # requests were lost while tasks were replaced
        ((8, 0), (40, 2), (8, 0), False),  # too few to tell
        ((8, 0), (97, 3), (8, 0), False),
        ((4, 4), (40, 20), (4, 4), False),  # as before: not the deployment's doing
        ((4, 4), (40, 4), (8, 0), False),
        ((0, 0), (0, 0), (4, 4), True),
    ],
)
def test_a_real_rate_of_failures_that_is_new_counts(
    before: tuple[int, int], during: tuple[int, int], after: tuple[int, int], *, is_failing: bool
) -> None:
    found = [
        each for phase, counts in zip(Phase, (before, during, after), strict=True) for each in answers(phase, *counts)
    ]
    assert prove(URL, found).is_failing is is_failing


def test_failures_are_named_by_route_and_those_before_are_mentioned() -> None:
    refused = replace(BAD, what="GET /ready 503")
    assert prove(URL, [*answers(Phase.DURING, 40, 5), refused]).lines == [
        "6 of 46 requests through the load balancer failed: GET /version 500 (5), GET /ready 503 (1)"
    ]
    [line] = prove(URL, [*answers(Phase.BEFORE, 4, 4), *answers(Phase.AFTER, 4, 4)]).lines
    assert line.endswith("; they failed before it began, too")


SUMMARY = replace(GOOD, what="GET /summary", status=401, by=None)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ([401, 401], [404, 404], ["GET /summary now returns 404; before the deployment it returned 401"]),
        ([401, 200], [404, 403], ["GET /summary now returns 403, 404; before the deployment it returned 200, 401"]),
        ([401, 401], [401, 404], []),  # an old task may still answer
        ([401, 401], [429, 429], []),
        ([429], [401], []),
        ([], [404], []),
        ([401], [], []),
    ],
)
def test_a_route_whose_answers_changed_is_named(before: list[int], after: list[int], lines: list[str]) -> None:
    found = [replace(SUMMARY, phase=Phase.BEFORE, status=status) for status in before]
    found += [replace(SUMMARY, phase=Phase.AFTER, status=status) for status in after]
    proof = prove(URL, [*answers(Phase.BEFORE, 2), *answers(Phase.AFTER, 2), *found])
    assert (proof.lines, proof.verdict) == (lines, "fine")
    assert len(proof.changes) == len(lines)


def test_slow_answers_and_missing_connections_are_counted_and_are_no_failures() -> None:
    slow = replace(BAD, kind=Kind.UNANSWERED, phase=Phase.AFTER)
    gone = replace(BAD, kind=Kind.UNREACHED, phase=Phase.AFTER)
    proof = prove(URL, [*answers(Phase.AFTER, 1), *[slow] * 10, *[gone] * 10])
    assert (proof.verdict, proof.lines) == ("fine", [])
    [measured, _] = proof.remarks
    assert "10 without a response in time, 10 without connection" in measured


@pytest.mark.parametrize("found", [[], [replace(BAD, kind=Kind.UNREACHED, what="GET /version: timed out")] * 3])
def test_a_load_balancer_that_cannot_be_reached_from_here_proves_nothing(found: list[Response]) -> None:
    proof = prove(URL, found)
    assert (proof.verdict, proof.is_failing, proof.lines) == ("unknown", False, [])
    assert "http://service cannot be reached from here" in proof.remarks[0]


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (95, 4.0), (25, 1.0), (100, 4.0)])
def test_a_percentile_is_a_value_that_was_measured(percent: int, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], percent) == value
    assert percentile([], percent) is None
