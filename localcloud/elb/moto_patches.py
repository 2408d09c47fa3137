"""Patches of moto's ELBv2 that make names, zones, rules and tags behave as in AWS."""

from localcloud.elb import moto_balancers, moto_groups, moto_listeners, moto_reading, moto_rules
from localcloud.elb.tags import add_tags
from localcloud.moto.patching import replace


def patch() -> None:
    """Apply all patches of ELBv2."""
    from moto.elbv2.models import ELBv2Backend

    for part in (moto_balancers, moto_groups, moto_listeners, moto_reading, moto_rules):
        part.patch()
    replace(ELBv2Backend, add_tags)
