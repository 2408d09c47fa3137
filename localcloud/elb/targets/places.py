"""The places where a target may be: a subnet of its group's VPC, a private range outside of it, this machine. Pure."""

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv4Network

from localcloud.errors import AwsError

OUTSIDE = "all"
"""The zone of every address outside the VPC."""
MACHINE = IPv4Network("127.0.0.0/8")
"""Tasks have loopback addresses here, whatever the VPC: they may be in any zone."""
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""RFC 1918 and RFC 6598: what a peered VPC or a connected network may have."""


def zone_of(address: str, requested: str | None, subnets: Mapping[str, str], zones: Collection[str]) -> str:
    """Return the Availability Zone of a target.

    `subnets`: the VPC's, block -> zone; `zones`: the region's. Errors: AwsError ValidationError.
    """
    number = IPv4Address(address)
    if number in MACHINE:
        if requested not in (None, OUTSIDE, *zones):
            raise _invalid(f"The Availability Zone '{requested}' for IP address '{address}' does not exist")
        return requested or OUTSIDE
    for block, zone in subnets.items():
        if number in IPv4Network(block):
            if requested not in (None, zone):
                raise _invalid(
                    f"The IP address '{address}' is within the VPC, and cannot have its Availability Zone overridden "
                    f"to '{requested}' from '{zone}'"
                )
            return zone
    if not any(number in block for block in PRIVATE):
        raise _invalid(
            f"The IP address '{address}' is neither in a subnet of the target group's VPC nor in one of the ranges "
            f"{', '.join(map(str, PRIVATE))}"
        )
    if requested is None:
        raise _invalid(f"The Availability Zone is required for IP address '{address}' because it is not in the VPC")
    if requested != OUTSIDE:
        raise _invalid(
            f"The Availability Zone for IP address '{address}' must be '{OUTSIDE}' for Application Load Balancer "
            "target groups, when not within the VPC"
        )
    return OUTSIDE


def _invalid(words: str) -> AwsError:
    return AwsError("ValidationError", words)
