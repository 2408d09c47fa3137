"""No type refuses what is not known yet: it may become null, or anything that is right."""

import pytest

from terraform_provider.framework import registry
from terraform_provider.framework.aws import Aws, Settings
from terraform_provider.framework.change import Change
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values.unknown import UNKNOWN, State

RESOURCES = Catalogue().resources
TYPES = sorted(registry.served("resources"))


def unknown(name: str) -> State:
    block = RESOURCES[name]["block"]
    return dict.fromkeys([*block["attributes"], *block.get("block_types", {})], UNKNOWN)


@pytest.mark.parametrize("name", TYPES)
def test_values_that_are_not_known_yet_are_not_refused(name: str) -> None:
    registry.resource_of(name).validate(unknown(name))


@pytest.mark.parametrize("name", TYPES)
def test_a_plan_of_values_that_are_not_known_yet_is_not_refused(name: str) -> None:
    registry.resource_of(name).customize_plan(
        Change(Aws(Settings(region="us-west-1")), None, unknown(name), unknown(name))
    )
