"""Filter patterns of CloudWatch Logs."""

import pytest

from localcloud.cloudwatch.filter_patterns import InvalidPattern, compiled

LINE = '{"level": "ERROR", "latency_ms": 120, "request": {"path": "/health"}, "tags": ["a", "b"], "done": true}'


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "timeout after ERROR", True),
        ("ERROR timeout", "only ERROR", False),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "an INFO", False),
        ("ERROR -debug", "ERROR in debug", False),
        ("-debug", "INFO", True),
        ('"two words"', "the two words", True),
        ('"two words"', "two other words", False),
        (r'"a \"quoted\" word"', 'a "quoted" word', True),
    ],
)
def test_terms_select_messages(pattern: str, message: str, matches: bool) -> None:
    assert compiled(pattern)(message) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERROR }", True),
        ('{ $.level = "ERR*" }', True),
        ('{ $.level != "ERROR" }', False),
        ("{ $.latency_ms > 50 }", True),
        ("{ $.latency_ms > 120 }", False),
        ("{ $.latency_ms >= 120 && $.latency_ms <= 120 }", True),
        ("{ $.latency_ms < 50 || $.level = ERROR }", True),
        ("{ $.level = ERROR && ($.latency_ms < 50 || $.tags[1] = b) }", True),
        ("{ $.level = INFO || $.level = ERROR && $.latency_ms < 50 }", False),
        ('{ $.request.path = "/health" }', True),
        ("{ $.done = true }", True),
        ("{ $.missing != 1 }", False),
        ('{ $.missing != "x" }', False),
        ('{ $.latency_ms = "120" }', True),
    ],
)
def test_json_selectors_select_messages(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(LINE) is matches


def test_json_selectors_pass_over_what_is_not_json() -> None:
    test = compiled("{ $.level = ERROR }")
    assert not test("level = ERROR")
    assert not test('{"level": "ERR')


@pytest.mark.parametrize(
    "pattern",
    [
        "%ERR.*%",
        "[ip, user, status=5*]",
        "a.b",
        "{ $.x }",
        "{ $.x = }",
        "{ $.x = 1",
        "{ ($.x = 1 }",
        "{ $.x > word }",
        '"open',
    ],
)
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compiled(pattern)
