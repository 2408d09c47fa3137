"""EC2: a subnet or gateway has one route table, and network ACLs and their entries must exist.

`Resource.AlreadyAssociated` and its words are printed by AWS; those for missing entries and ACLs follow EC2's own form
and are unconfirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

T = TypeVar("T")


def patch() -> None:
    """moto returns the first association for a second one, and fails on missing entries."""
    from moto.ec2.models import EC2Backend

    wrap(EC2Backend, "associate_route_table", _associated_once)
    wrap(EC2Backend, "delete_network_acl_entry", checking(_check_entry))
    wrap(EC2Backend, "replace_network_acl_entry", checking(_check_entry))
    wrap(EC2Backend, "describe_network_acls", _of_known_acls)


def _associated_once(associate: Callable[..., str]) -> Callable[..., str]:
    """Refuse a second route table; for the same table, return the existing association."""

    @wraps(associate)
    def associate_route_table(
        self: EC2Backend, route_table_id: str, gateway_id: str | None = None, subnet_id: str | None = None
    ) -> str:
        for table in self.route_tables.values():
            found = [key for key, each in table._associations.items() if each == (subnet_id or gateway_id)]
            if found and table.id == route_table_id:
                return found[0]
            if found:
                words = f"the specified association for route table {route_table_id} conflicts with an existing"
                raise AwsError("Resource.AlreadyAssociated", f"{words} association")
        return associate(self, route_table_id, gateway_id, subnet_id)

    return associate_route_table


def _check_entry(ec2: EC2Backend, given: Mapping[str, Any]) -> None:
    number, is_egress = given["rule_number"], given["egress"]
    entries = ec2.get_network_acl(given["network_acl_id"]).network_acl_entries
    if not any((entry.rule_number, entry.egress) == (number, is_egress) for entry in entries):
        words = f"The network acl entry identified by {number} does not exist."
        raise AwsError("InvalidNetworkAclEntry.NotFound", words)


def _of_known_acls(describe: Callable[..., T]) -> Callable[..., T]:
    """moto calls a missing ACL a route table."""

    @wraps(describe)
    def describe_network_acls(self: EC2Backend, network_acl_ids: list[str] | None = None, filters: object = None) -> T:
        for acl_id in network_acl_ids or []:
            if acl_id not in self.network_acls:
                raise AwsError("InvalidNetworkAclID.NotFound", f"The networkAcl ID '{acl_id}' does not exist")
        return describe(self, network_acl_ids, filters)

    return describe_network_acls
