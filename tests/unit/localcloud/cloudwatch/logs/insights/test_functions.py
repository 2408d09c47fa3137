"""Logs Insights: arithmetic and scalar functions."""

import pytest

from tests.unit.localcloud.cloudwatch.logs.insights.rows import START_MS, values

LINE = {"a": 7, "b": 2.5, "s": " Text ", "n": "12", "j": '{"k": [1, {"m": "deep"}]}', "ip": "10.1.2.3"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b * 2", "12"),
        ("(a + b) * 2", "19"),
        ("a / 2", "3.5"),
        ("a % 4", "3"),
        ("2 ^ 3 ^ 2", "512"),
        ("-a + 1", "-6"),
        ("n + 1", "13"),
        ("a / 0", None),
        ("a / 3", "2.3333"),
        ("abs(-3)", "3"),
        ("ceil(b)", "3"),
        ("floor(b)", "2"),
        ("round(2.345, 1)", "2.3"),
        ("sqrt(16)", "4"),
        ("greatest(a, b, n)", "12"),
        ("least(a, b)", "2.5"),
        ("strlen(s)", "6"),
        ("trim(s)", "Text"),
        ("toupper(trim(s))", "TEXT"),
        ("tolower('ABC')", "abc"),
        ("concat('x', a, '-', b)", "x7-2.5"),
        ("concat('x', nothing)", None),
        ("substr('abcdef', 1, 3)", "bcd"),
        ("substr('abcdef', 4)", "ef"),
        ("replace('a-b-c', '-', '+')", "a+b+c"),
        ("strcontains(s, 'ex')", "1"),
        ("strcontains(s, 'EX', true)", "0"),
        ("coalesce(nothing, n)", "12"),
        ("isempty('')", "1"),
        ("isempty(s)", "0"),
        ("isblank('  ')", "1"),
        ("ispresent(nothing)", "0"),
        ("if(a > 5, 'big', 'small')", "big"),
        ("a > 5 and b > 5", "0"),
        ("bin(1h)", "2023-11-14 22:00:00.000"),
        ("bin(10 )", "error"),
        ("datefloor(@timestamp, 1d)", "2023-11-14 00:00:00.000"),
        ("dateceil(@timestamp, 1mo)", "2023-12-01 00:00:00.000"),
        ("datefloor(@timestamp, 1w)", "2023-11-13 00:00:00.000"),
        ("datefloor(@timestamp, 1q)", "2023-10-01 00:00:00.000"),
        ("toMillis(@timestamp)", str(START_MS)),
        ("fromMillis(0)", "1970-01-01 00:00:00.000"),
        ("isValidIp(ip)", "1"),
        ("isIpv4InSubnet(ip, '10.1.0.0/16')", "1"),
        ("isIpInSubnet(ip, 'no subnet')", "0"),
        ("jsonStringify(jsonParse(j))", '{"k": [1, {"m": "deep"}]}'),
        ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ],
)
def test_an_expression_has_its_value(expression: str, expected: str | None) -> None:
    if expected == "error":
        with pytest.raises(Exception, match="wrong arguments for"):
            values(f"fields {expression} as x", [LINE])
    else:
        assert values(f"fields {expression} as x", [LINE]) == [expected]


def test_what_jsonparse_gives_is_reached_by_dots_and_brackets_in_a_later_command() -> None:
    assert values("fields jsonParse(j) as doc | display doc.k[1].m", [LINE]) == ["deep"]
