"""Percentiles and related statistics, on the examples of the CloudWatch User Guide."""

import pytest

from localcloud.cloudwatch.metrics.extended_statistics import parse, value

HUNDRED = {float(number): 1.0 for number in range(1, 101)}


def found(name: str, counts: dict[float, float]) -> float | None:
    statistic = parse(name)
    assert statistic is not None, name
    return value(statistic, counts)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p7", 7.0),
        ("p99.9", 100.0),
        ("p0", 1.0),
        ("tm90", 45.5),
        ("TM(2%:98%)", 50.5),
        ("TM(90%:)", 95.5),
        ("TM(10:20)", 15.5),
        ("IQM", 50.5),
        ("tc90", 90.0),
        ("TC(10%:90%)", 80.0),
        ("TC(5:30)", 25.0),
        ("TC(200:)", 0.0),
        ("ts90", 45.5 * 90),
        ("TS(80%:)", sum(range(81, 101))),
        ("TM(200:)", None),
        ("wm98", (sum(range(1, 99)) + 2 * 98) / 100),
        ("WM(10%:90%)", (10 * 10 + sum(range(11, 91)) + 10 * 90) / 100),
        ("WM(:50)", (sum(range(1, 51)) + 50 * 50) / 100),
        ("PR(:30)", 30.0),
        ("PR(10:20)", 10.0),
        ("PR(90:)", 10.0),
    ],
)
def test_a_hundred_values(name: str, expected: float | None) -> None:
    assert found(name, HUNDRED) == (expected if expected is None else pytest.approx(expected))


def test_few_values_are_not_trimmed_to_none() -> None:
    assert [found(name, {3.0: 1.0}) for name in ("tm90", "IQM", "tc99", "wm90", "TM(10%:90%)")] == [3, 3, 1, 3, 3]
    assert found("TM(10%:90%)", {5.0: 7.0}) == 5.0
    assert found("tm90", {float(number): 1.0 for number in range(1, 11)}) == 5.0


def test_values_count_as_often_as_they_came() -> None:
    assert found("tm90", {1.0: 90.0, 100.0: 10.0}) == 1.0
    assert found("tm99", {1.0: 90.0, 100.0: 10.0}) == pytest.approx((90 + 900) / 99)
    assert found("PR(50:)", {1.0: 90.0, 100.0: 10.0}) == 10.0


def test_negative_values_have_no_percentile() -> None:
    assert found("p50", {-1.0: 1.0, 1.0: 1.0}) is None


@pytest.mark.parametrize(
    "name",
    ["p101", "tm101", "TM", "TM()", "TM(:)", "TM(10%:200)", "TM(90%:10%)", "PR(10%:90%)", "TC(:101%)", "q50", "iqm"],
)
def test_other_names_are_no_statistics(name: str) -> None:
    assert parse(name) is None
