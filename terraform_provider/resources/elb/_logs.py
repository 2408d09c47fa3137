"""The blocks access_logs and connection_logs of a load balancer."""

from terraform_provider.resources.elb._attributes import Attributes, is_on, written
from terraform_provider.values.unknown import State

BLOCKS = {"access_logs": "access_logs.s3", "connection_logs": "connection_logs.s3"}


def of_block(name: str, blocks: list[State] | None) -> dict[str, str]:
    """Return the attributes of a block; the bucket only if logs are on, as ELB checks it."""
    kind = BLOCKS[name]
    block = next(iter(blocks or ()), None) or {}
    made = {f"{kind}.enabled": written(bool(block.get("enabled")))}
    if block.get("enabled"):
        made |= {f"{kind}.bucket": block["bucket"], f"{kind}.prefix": block.get("prefix") or ""}
    return made


def as_block(name: str, found: Attributes) -> list[State]:
    kind = BLOCKS[name]
    if f"{kind}.enabled" not in found:
        return []
    return [
        {
            "bucket": found.get(f"{kind}.bucket", ""),
            "enabled": is_on(found[f"{kind}.enabled"]),
            "prefix": found.get(f"{kind}.prefix", ""),
        }
    ]
