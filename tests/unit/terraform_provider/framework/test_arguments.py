"""Arguments that exclude or need each other."""

from collections.abc import Callable

import pytest

from terraform_provider.framework.arguments import refuse_conflicts, refuse_unless_one, refuse_without
from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import UNKNOWN, State


def refused(check: Callable[[State], None], config: State) -> str:
    with pytest.raises(ProviderError) as error:
        check(config)
    return error.value.diagnostic.detail


def test_two_arguments_that_exclude_each_other_are_refused_once_both_are_known() -> None:
    def check(config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")

    assert refused(check, {"name": "a", "name_prefix": ""}) == '"name": conflicts with name_prefix'
    for passed in ({"name": "a", "name_prefix": None}, {"name": UNKNOWN, "name_prefix": "b"}, {}):
        check(passed)


def test_exactly_one_of_several_is_wanted() -> None:
    def check(config: State) -> None:
        refuse_unless_one(config, "value", "insecure_value")

    assert "only one of `insecure_value,value` can be" in refused(check, {"value": "a", "insecure_value": "b"})
    assert refused(check, {"value": None, "insecure_value": None}) == "one of `insecure_value,value` must be specified"
    for passed in ({"value": "a", "insecure_value": None}, {"value": UNKNOWN, "insecure_value": None}):
        check(passed)


def test_arguments_that_need_each_other_come_together() -> None:
    def check(config: State) -> None:
        refuse_without(config, ("one", "two"))

    assert refused(check, {"one": 1, "two": None}) == '"one": all of `one,two` must be specified'
    for passed in ({"one": None, "two": None}, {"one": 1, "two": 2}, {"one": 1, "two": UNKNOWN}):
        check(passed)
