"""Metric math: results of expressions on series, and what is refused."""

import pytest

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics.math import Scope, evaluate
from localcloud.cloudwatch.metrics.time_series import Series, Span, as_series

HELD: dict[str, Series] = {
    "m1": (1.0, 2.0, None, 4.0),
    "m2": (10.0, None, None, 0.0),
    "none": (None, None, None, None),
}


def found(expression: str) -> Series:
    def series(name: str) -> Series:
        if name not in HELD:
            raise CannotEvaluate(f"no query {name}")
        return HELD[name]

    scope = Scope(
        series=series, metrics=lambda text: [held for name, held in HELD.items() if text in name], span=Span(4, 60.0)
    )
    return as_series(evaluate(expression, scope), 4)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("m1", (1, 2, None, 4)),
        ("2 + 3 * 4", (14, 14, 14, 14)),
        ("-(2 + 3) * 4 ^ 2 / 10", (-8, -8, -8, -8)),
        # A value missing on one side counts as 0; when both are missing, so is the result.
        ("m1 + m2", (11, 2, None, 4)),
        ("m1 * 2 - 1", (1, 3, None, 7)),
        # A division by 0 gives no point.
        ("m1 / m2", (0.1, None, None, None)),
        ("1 / 0", (None, None, None, None)),
        ("FILL(m2, 0)", (10, 0, 0, 0)),
        ("FILL(none, 7)", (7, 7, 7, 7)),
        ("FILL(m1, m2)", (1, 2, None, 4)),
        ("FILL(m2, REPEAT)", (10, 10, 10, 0)),
        ("m1 > 1", (0, 1, None, 1)),
        ("m1 >= 1 AND m2 == 0", (0, 0, None, 1)),
        ("m1 < 2 || m2 > 5", (1, 0, None, 0)),
        ("IF(FILL(m1, 0) > 1, m1, -1)", (-1, 2, -1, 4)),
        ("IF(m1 > 1, m1)", (None, 2, None, 4)),
        ("IF(1, m1, 0)", (1, 2, None, 4)),
        ("SUM(METRICS())", (11, 2, None, 4)),
        ('MAX(METRICS("m"))', (10, 2, None, 4)),
        ("AVG([m1, m2])", (5.5, 2, None, 2)),
        ("MIN([m1, m2])", (1, 2, None, 0)),
        ("MAX(m1)", (4, 4, 4, 4)),
        ("SUM(none)", (None, None, None, None)),
        ("SUM([m1, m2] * 2)", (22, 4, None, 8)),
        ("ABS(0 - m1)", (1, 2, None, 4)),
        ("CEIL(m1 / 3)", (1, 1, None, 2)),
        ("FLOOR(m1 / 3)", (0, 0, None, 1)),
        ("DIFF(m1)", (None, 1, None, None)),
        ("RATE(m1) * PERIOD(m1)", (None, 1, None, None)),
        # Expressions used in infrastructure/terraform.
        ("FILL(m1, 0) / m2", (0.1, None, None, None)),
        ("IF(m1 < 3 AND FILL(m2, 0) / 4 < 2, 1, 0)", (0, 1, 0, 0)),
        ("100 * FILL(m1, 0) / IF(m2 > m1, m2, IF(m1 > 0, m1, 1))", (10, 100, None, 100)),
    ],
)
def test_expressions(expression: str, wanted: Series) -> None:
    assert found(expression) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("m1 +", r"expression 'm1 \+': should be a value, got 'the end'"),
        ("m1 m2", "not understood at 'm2'"),
        ("m1 ? 2", "not understood at ' "),
        ("ANOMALY_DETECTION_BAND(m1)", "ANOMALY_DETECTION_BAND is not supported here; supported are ABS, AVG"),
        ("FILL(m1, LINEAR)", "FILL with LINEAR is not supported here"),
        ("FILL(m1 0)", "should be ',', got '0'"),
        ("ABS(m1, m2, m1)", "ABS: wrong arguments, got 3"),
        ("[m1, m2]", "gives 2 time series where one is needed"),
        ("unknown", "no query unknown"),
    ],
)
def test_a_syntax_error_is_reported_with_its_place(expression: str, why: str) -> None:
    with pytest.raises(CannotEvaluate, match=why):
        found(expression)


@pytest.mark.parametrize("expression", ["(" * 900 + "1" + ")" * 900, "-" * 1000 + "1", "ABS(" * 200 + "1" + ")" * 200])
def test_what_nests_too_deeply_is_refused(expression: str) -> None:
    with pytest.raises(CannotEvaluate, match="levels of signs and brackets"):
        found(expression)


def test_what_stands_in_a_row_does_not_nest() -> None:
    assert found("+".join(["(1)"] * 300)) == (300, 300, 300, 300)
