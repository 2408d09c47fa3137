"""Tags of a resource and default tags of the provider."""

from terraform_provider.framework.aws import Settings
from terraform_provider.framework.tags import as_dict, as_list, difference, read_tags

SETTINGS = Settings(region="us-west-1", default_tags={"project": "spendsense", "environment": "dev"})


def test_a_read_separates_default_tags_from_those_of_the_resource() -> None:
    found = {"project": "spendsense", "environment": "dev", "Name": "web", "aws:created-by": "stack"}
    assert read_tags(SETTINGS, found, {"tags": {"environment": "dev"}}) == {
        "tags": {"environment": "dev", "Name": "web"},
        "tags_all": {"project": "spendsense", "environment": "dev", "Name": "web"},
    }


def test_ignored_tags_are_in_neither() -> None:
    settings = Settings(region="us-west-1", ignored_tags=frozenset({"owner"}), ignored_tag_prefixes=("kubernetes.io/",))
    found = {"owner": "jane", "kubernetes.io/cluster": "x", "Name": "web"}
    assert read_tags(settings, found, {}) == {"tags": {"Name": "web"}, "tags_all": {"Name": "web"}}


def test_an_update_removes_and_sets_only_what_differs() -> None:
    prior, planned = {"tags_all": {"a": "1", "b": "2", "c": "3"}}, {"tags_all": {"a": "1", "b": "9", "d": "4"}}
    assert difference(prior, planned) == (["c"], {"b": "9", "d": "4"})


def test_lists_of_tags_have_the_names_of_their_service() -> None:
    assert as_list({"a": "1"}, "key", "value") == [{"key": "a", "value": "1"}]
    assert as_dict([{"Key": "a", "Value": "1"}, {"Key": "b"}]) == {"a": "1", "b": ""}
