"""Patch of moto's RDS: an instance is in a zone of its subnet group, or of its region."""

from typing import Any


def patch() -> None:
    from moto.rds.models import DBInstance

    instance: Any = DBInstance
    make = instance.__init__

    def made(self: object, *arguments: object, **named: object) -> None:
        make(self, *arguments, **named)
        settle(self)

    instance.__init__ = made


def settle(instance: Any) -> None:
    """Correct an instance's zone: moto's is the region's first, or for a replica its source's.

    AWS chooses any zone of the group; this is the first by name, whatever the order of the subnets.
    """
    group = getattr(instance, "db_subnet_group", None)  # also a copy of the one that a source elsewhere has
    subnets = group._subnets if group else ()
    zones = sorted({each.availability_zone for each in subnets if each.availability_zone.startswith(instance.region)})
    is_there = instance.availability_zone.startswith(instance.region)
    if instance.availability_zone not in zones if zones else not is_there:
        instance.availability_zone = zones[0] if zones else f"{instance.region}a"
