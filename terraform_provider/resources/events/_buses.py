"""Ids of rules and targets: without the bus where it is the default one."""

from terraform_provider.framework.errors import ProviderError

DEFAULT = "default"


def rule_id(bus: str, rule: str) -> str:
    return rule if bus == DEFAULT else f"{bus}/{rule}"


def parsed_rule_id(text: str) -> tuple[str, str]:
    """Return bus and rule; the bus may be an ARN, which has slashes of its own. Errors: ProviderError."""
    bus, _, rule = text.rpartition("/")
    if not rule:
        raise ProviderError(
            f"unexpected format for ID ({text}), expected EVENTBUSNAME/RULENAME or RULENAME", "Write the rule's name."
        )
    return bus or DEFAULT, rule


def target_id(bus: str, rule: str, target: str) -> str:
    return f"{rule}-{target}" if bus == DEFAULT else f"{bus}-{rule}-{target}"
