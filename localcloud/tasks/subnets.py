"""Where a task's subnet lies."""

import sys


def zone_of(account_id: str, region: str, subnet_id: str) -> str | None:
    """Subnet -> Availability Zone, None for a subnet that EC2 does not know. Call it inside moto's thread."""
    if "moto.ec2.models" not in sys.modules:  # nobody has called EC2 yet, and its import takes a second
        return None
    from moto.ec2.models import ec2_backends

    zones = ec2_backends[account_id][region].subnets
    return next((zone for zone, subnets in zones.items() if subnet_id in subnets), None)
