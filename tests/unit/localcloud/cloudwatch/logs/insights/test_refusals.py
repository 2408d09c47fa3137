"""Logs Insights: malformed queries are refused with the position, as on AWS."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cloudwatch.logs.insights.parser import parsed
from localcloud.cloudwatch.logs.insights.syntax import MalformedQuery


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "unexpected symbol found <EOF> at line 1 and position 0"),
        ("count()", "unexpected symbol found count at line 1 and position 0"),
        ("fields @message |", "unexpected symbol found <EOF> at line 1 and position 17"),
        ("fields @timestamp | sort bin(5m)", "unexpected symbol found ( at line 1 and position 28"),
        ("filter @message like /error/i", "unexpected symbol found i at line 1 and position 28"),
        ("fields a\n| nonsense b", "unexpected symbol found nonsense at line 2 and position 2"),
        ("dedup a | sort b", "unexpected symbol found sort at line 1 and position 10"),
        ("filter a = ", "unexpected symbol found <EOF> at line 1 and position 11"),
        ("filter (a = 1", "unexpected symbol found <EOF> at line 1 and position 13"),
        ('filter a = "open', 'unexpected symbol found " at line 1 and position 11'),
        ("limit 0", "unexpected symbol found 0 at line 1 and position 6"),
        ("limit 100001", "unexpected symbol found 100001 at line 1 and position 6"),
        ('parse @message "*" as a | fields a', "Ephemeral field is already defined: a ([33,34])"),
        ("fields b as a | stats max(b) as a", "Ephemeral field is already defined: a ([32,33])"),
        ('parse "* *" as a', "the pattern has 2 parts, but 1 names follow"),
        ("pattern @message", "this local cloud does not support the command pattern"),
        ("fields nosuch(a)", "the function nosuch is not supported by this local cloud"),
        ("fields sum(a)", "the function sum works only in the command stats"),
        ("stats a by b", "a is not an aggregate function"),
        ("stats pct(a) by b", "wrong arguments for pct"),
        ("fields strlen()", "wrong arguments for strlen"),
        ("filter a like /(/", "Invalid regular expression /(/"),
        ("stats count(*) | stats count(*) | stats count(*)", "a query may have 2 stats commands"),
        ("filter " + "(" * 5000, "nests brackets or operators too deeply"),
    ],
)
def test_a_malformed_query_is_refused_with_its_place(query: str, message: str) -> None:
    with pytest.raises(MalformedQuery) as refused:
        parsed(query)
    assert message in str(refused.value)


WORDS = (
    *("fields", "filter", "stats", "parse", "sort", "limit", "display", "dedup", "by", "as", "and", "or", "not", "in"),
    *(
        "like",
        "(",
        ")",
        "[",
        "]",
        "|",
        ",",
        "*",
        "/",
        "=",
        "=~",
        "-",
        "5m",
        "7",
        "'a'",
        "`b`",
        "count",
        "pct",
        "@x",
        "#",
    ),
)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12))
def test_every_text_is_a_query_or_malformed(words: list[str]) -> None:
    with contextlib.suppress(MalformedQuery):
        parsed(" ".join(words))
