"""Event patterns that EventBridge accepts or refuses."""

import re

import pytest

from localcloud.moto_only.checks.event_patterns import read_pattern


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": "app"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": [["app"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{"begins": "a"}]}', "Unrecognized match type begins"),
        ('{"source": [{}]}', "Only one key allowed in match expression"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"suffix": 1}]}', "suffix match pattern must be a string"),
        ('{"source": [{"wildcard": "a**"}]}', "Consecutive wildcard characters"),
        ('{"source": [{"exists": "yes"}]}', "exists match pattern must be either true or false."),
        ('{"source": [{"anything-but": {"exists": true}}]}', "Unsupported anything-but pattern: exists"),
        ('{"source": [{"anything-but": []}]}', "Value of anything-but must be"),
        ('{"source": [{"anything-but": null}]}', "Value of anything-but must be"),
        (
            '{"source": [{"anything-but": ["a", true]}]}',
            "Inside anything but list, start|null|boolean is not supported",
        ),
        ('{"source": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"source": [{"anything-but": {"suffix": ["a", 1]}}]}', "prefix/suffix match pattern must be a string"),
        ('{"source": [{"anything-but": {"suffix": {"equals-ignore-case": "a"}}}]}', "Value of anything-but must be"),
        ('{"source": [{"anything-but": {"equals-ignore-case": ["a", 1]}}]}', "Inside anything-but/equals-ignore-case"),
        ('{"source": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"source": [{"numeric": ["<"]}]}', "Value of < must be numeric"),
        ('{"source": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR"),
        ('{"$or": [{"source": [{"begins": "a"}]}]}', "Unrecognized match type begins"),
    ],
)
def test_what_can_never_match_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(reason)):
        read_pattern(text)


def test_every_kind_of_match_is_accepted() -> None:
    read_pattern(
        '{"source": ["a", 1, true, null, {"prefix": {"equals-ignore-case": "A"}}, {"suffix": "z"}, {"exists": false},'
        '{"wildcard": "a*\\\\*"}, {"numeric": [">", 0, "<=", 5]}, {"cidr": "10.0.0.0/8"}, {"equals-ignore-case": "A"},'
        '{"anything-but": ["a", 1]}, {"anything-but": {"wildcard": ["x*", "y*"]}}],'
        '"$or": [{"detail": {"state": ["ON"]}}, {"region": ["eu-west-1"]}]}'
    )
