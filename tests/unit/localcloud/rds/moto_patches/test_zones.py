"""An instance is in a zone of its subnet group, or of its region."""

from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.rds.moto_patches.zones import settle


def settled(zone: str, *zones: str) -> str:
    subnets = [SimpleNamespace(availability_zone=each) for each in zones]
    group = SimpleNamespace(_subnets=subnets) if zones else None
    instance: Any = SimpleNamespace(region="us-west-2", availability_zone=zone, db_subnet_group=group)
    settle(instance)
    return str(instance.availability_zone)


@pytest.mark.parametrize(
    ("zone", "zones", "wanted"),
    [
        ("us-west-2b", ("us-west-2a", "us-west-2b"), "us-west-2b"),
        ("us-west-2a", ("us-west-2c", "us-west-2b"), "us-west-2b"),  # whatever the order of the subnets
        ("us-west-1b", ("us-west-2b", "us-west-2a"), "us-west-2a"),  # a replica has its source's zone in moto
        ("us-west-1b", ("us-west-1b", "us-west-1c"), "us-west-2a"),  # and its source's group
        ("us-west-2c", (), "us-west-2c"),
    ],
)
def test_a_zone_without_a_subnet_is_left(zone: str, zones: tuple[str, ...], wanted: str) -> None:
    assert settled(zone, *zones) == wanted
