"""EC2: descriptions of all kinds of security group rules, and no network ACL that outlives its VPC."""

from typing import Any

from localcloud import moto_tables


def teach() -> None:
    """moto looks for a description among the addresses only, and keeps a deleted VPC's own network ACL."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.security_groups import SecurityGroupRule

    rule: Any = SecurityGroupRule
    rule.description = property(_description)
    backend: Any = EC2Backend
    delete = backend.delete_vpc

    def delete_vpc(self: Any, vpc_id: str) -> Any:
        answer = delete(self, vpc_id)
        for name in [name for name, acl in self.network_acls.items() if acl.vpc_id == vpc_id]:
            del self.network_acls[name]
        return answer

    backend.delete_vpc = delete_vpc
    moto_tables.offer()


def _description(rule: Any) -> str | None:
    sources = (rule.ip_range, rule.source_group, rule.prefix_list_id)
    told = [source["Description"] for source in sources if isinstance(source, dict) and "Description" in source]
    return told[0] if told else None
