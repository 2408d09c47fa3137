"""Filter patterns of CloudWatch Logs."""

import pytest

from localcloud.cloudwatch.logs.filter_patterns import InvalidPattern, compiled

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


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("%ERR[A-Z]+%", True),
        ("-%ERR[A-Z]+%", False),
        ("{ $.level = %^ERR% }", True),
        ("{ $.level != %^ERR% }", False),
        ("{ $.done IS TRUE }", True),
        ("{ $.done is false }", False),
        ("{ $.missing NOT EXISTS && $.level EXISTS }", True),
        ("{ $.done IS NULL }", False),
    ],
)
def test_expressions_and_states_select_messages(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(LINE) is matches


WORDS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("[]", True),
        ("[ip, user, name, time, request, status, bytes]", True),
        ("[ip, user, name, time, request, status = 4*, bytes > 1000]", True),
        ("[ip, user, name, time, request, status = 5*, bytes]", False),
        ("[..., status_code = 4* && status_code != 403, bytes]", True),
        ("[..., status = 500 || status = 404, bytes]", True),
        ('[ip, user, name = "frank", ...]', True),
        ("[ip, user, name != frank, ...]", False),
        ("[..., request = *html*, status, bytes]", True),
        ("[..., request = %GET /[a-z]+%, , ]", True),
        ("[..., bytes < 1000]", False),
        ("[ip, user]", False),
    ],
)
def test_words_between_spaces_select_messages(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(WORDS) is matches


def test_what_a_pattern_names_can_be_taken_out_of_a_message() -> None:
    words = compiled("[ip, , name, ..., status = 4*, bytes]")
    assert words.extracted(WORDS) == {
        "$ip": "127.0.0.1",
        "$2": "-",
        "$name": "frank",
        "$status": "404",
        "$bytes": "1534",
    }
    assert words.value(WORDS, "$bytes") == "1534"
    on_json = compiled("{ $.latency_ms > 50 && $.missing NOT EXISTS && $.done IS TRUE }")
    assert on_json.extracted(LINE) == {"$.latency_ms": "120", "$.done": "true"}
    assert compiled("ERROR").extracted("an ERROR") == {}


def test_json_selectors_pass_over_what_is_not_json() -> None:
    test = compiled("{ $.level = ERROR }")
    assert not test("level = ERROR")
    assert not test('{"level": "ERR')


@pytest.mark.parametrize(
    "pattern",
    [
        "%(%",
        "[ip, user status]",
        "[a, ..., b, ...]",
        "[status > word]",
        "[a = 1 && b = 2]",
        "[a, b",
        '["open]',
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
