"""CloudWatch's own tables of missing-data treatment, and its wording."""

import pytest

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, Missing, Point, Rule, State, evaluate

KEEP = "keep"
POINTS: dict[str, Point] = {"X": 9.0, "0": 1.0, "-": None}


def rule(m: int, n: int, missing: str = "missing", comparison: str = "GreaterThanThreshold") -> Rule:
    return Rule(
        comparison=comparison,
        threshold=5.0,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        missing=Missing(missing),
    )


def points(text: str) -> list[Point]:
    return [POINTS[sign] for sign in text.split()]


TABLES = [
    # "Configuring how CloudWatch alarms treat missing data": m of n, points, missing, ignore, breaching, notBreaching
    (3, 3, "0 - X - X", "OK", "OK", "OK", "OK"),
    (3, 3, "0 - - - -", "OK", "OK", "OK", "OK"),
    (3, 3, "- - - - -", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    (3, 3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, 3, "- - X - -", "ALARM", KEEP, "ALARM", "OK"),
    (2, 3, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, 3, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, 3, "0 - X - -", "OK", "OK", "ALARM", "OK"),
    (2, 3, "- - - - 0", "OK", "OK", "ALARM", "OK"),
    (2, 3, "- - - X -", "ALARM", KEEP, "ALARM", "OK"),
]


@pytest.mark.parametrize(("m", "n", "text", "missing", "ignore", "breaching", "not_breaching"), TABLES)
def test_the_tables_of_the_user_guide(
    m: int, n: int, text: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    wanted = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for before in State:
        found = {treat: evaluate(before, points(text), rule(m, n, treat)).state for treat in wanted}
        assert found == {treat: before if state == KEEP else state for treat, state in wanted.items()}


@pytest.mark.parametrize("text", ["- - - - X", "- - - X -"])
def test_one_young_breaching_point_of_three_is_not_yet_an_alarm(text: str) -> None:
    assert evaluate(State.INSUFFICIENT_DATA, points(text), rule(3, 3)).state is State.OK
    assert evaluate(State.OK, points(text), rule(3, 3)).state is State.OK
    assert evaluate(State.ALARM, points(text), rule(3, 3)).state is State.ALARM, "nor the end of one"


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_comparisons(comparison: str, below: str, at: str, above: str) -> None:
    found = [evaluate(State.OK, [value], rule(1, 1, comparison=comparison)).state for value in (4.0, 5.0, 6.0)]
    assert found == [below, at, above]


def test_a_comparison_that_is_not_offered_says_so() -> None:
    with pytest.raises(CannotEvaluate, match="GreaterThanUpperThreshold: should be one of"):
        evaluate(State.OK, [1.0], rule(1, 1, comparison="GreaterThanUpperThreshold"))


def test_the_points_that_were_evaluated_are_reported() -> None:
    verdict = evaluate(State.OK, [1.0, 9.0, None, 8.0], rule(2, 2))
    assert verdict.points == ((1, 8.0), (3, 9.0))
    assert verdict.evaluated == (9.0, 8.0)
