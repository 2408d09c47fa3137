"""EC2: security group rules that name another group or a prefix list have descriptions too."""

from typing import Any


def teach() -> None:
    """moto looks for the description among the addresses only."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    rule: Any = SecurityGroupRule
    rule.description = property(_description)


def _description(rule: Any) -> str | None:
    sources = (rule.ip_range, rule.source_group, rule.prefix_list_id)
    told = [source["Description"] for source in sources if isinstance(source, dict) and "Description" in source]
    return told[0] if told else None
