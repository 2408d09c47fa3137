"""Conditions of policies, by AWS's documentation and by what must hold for all of them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from localcloud.authorization.condition_operators import OPERATORS
from localcloud.authorization.conditions import read_conditions
from localcloud.authorization.context import Context
from localcloud.authorization.errors import PolicyError

TABLE = yaml.load(Path(__file__).with_name("cases").joinpath("conditions.yaml").read_text(), yaml.CSafeLoader)
CASES = [
    pytest.param(group, context, expected, id=f"{group['source'].split('#')[-1]}-{number}-{index}")
    for number, group in enumerate(TABLE)
    for index, (context, expected) in enumerate(group["cases"])
]
VALUES = st.text("ab*?/:", max_size=4)


def holds(element: object, context: dict[str, object], version: str = "2012-10-17") -> bool:
    read = read_conditions(element, "policy")
    return all(each.holds(Context(context), has_variables=version == "2012-10-17") for each in read)


@pytest.mark.parametrize(("group", "context", "expected"), CASES)
def test_condition_holds_as_documented(group: dict[str, object], context: dict[str, object], expected: bool) -> None:
    assert holds(group["condition"], context, group.get("version", "2012-10-17")) is expected


@given(st.sampled_from(sorted(OPERATORS)), st.lists(VALUES, min_size=1), st.dictionaries(VALUES, VALUES))
def test_operator_that_is_not_negated_never_holds_for_a_key_that_is_missing(
    name: str, values: list[str], context: dict[str, str]
) -> None:
    element = {name: {"missing:key": values}}
    assert holds(element, context) is OPERATORS[name].is_negated
    assert not holds({f"ForAnyValue:{name}": {"missing:key": values}}, context)
    assert holds({f"{name}IfExists": {"missing:key": values}}, context)


@given(VALUES, VALUES)
def test_negated_operator_is_the_opposite_where_the_key_is_there(wanted: str, given_value: str) -> None:
    for name in ("StringEquals", "StringLike", "StringEqualsIgnoreCase"):
        negated = name.replace("String", "StringNot")
        context = {"a:key": given_value}
        assert holds({name: {"a:key": wanted}}, context) is not holds({negated: {"a:key": wanted}}, context)


@given(st.permutations(["a", "b", "c*"]), VALUES)
def test_order_of_values_does_not_matter(values: list[str], given_value: str) -> None:
    context = {"a:key": given_value}
    assert holds({"StringLike": {"a:key": values}}, context) is holds(
        {"StringLike": {"a:key": ["a", "b", "c*"]}}, context
    )


NO_TEXTS = ({"StringEquals": {"a": None}}, {"StringEquals": {"a": [{"b": "c"}]}}, {"NullIfExists": {"a": "true"}})


@pytest.mark.parametrize("element", [[], {"StringMatches": {"a": "b"}}, {"StringEquals": "a"}, *NO_TEXTS])
def test_what_is_not_a_condition_is_refused_with_its_place(element: object) -> None:
    with pytest.raises(PolicyError, match="policy, statement 1: Condition"):
        read_conditions(element, "policy, statement 1")


def test_value_of_a_variable_is_not_a_wildcard() -> None:
    element = {"StringLike": {"s3:prefix": "${aws:username}/*"}}
    assert not holds(element, {"s3:prefix": "susan/x", "aws:username": "*"})
    assert holds(element, {"s3:prefix": "*/x", "aws:username": "*"})
