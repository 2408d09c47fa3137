"""The Availability Zone of a task's subnet."""

import sys


def zone_of(account_id: str, region: str, subnet_id: str) -> str | None:
    """Return a subnet's Availability Zone; None for a subnet that EC2 does not know. Call it in moto's thread."""
    if "moto.ec2.models" not in sys.modules:  # EC2 was not called yet, and its import takes a second
        return None
    from moto.ec2.models import ec2_backends

    zones = ec2_backends[account_id][region].subnets
    return next((zone for zone, subnets in zones.items() if subnet_id in subnets), None)
