"""A small plan, as `terraform show -json` prints it."""

from typing import Any


def plan_of(*resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a plan whose last resource is in a nested module."""
    written = [
        {"address": f"{kind}.r{number}", "mode": "managed", "type": kind, "values": values}
        for number, (kind, values) in enumerate(resources)
    ]
    data = {"address": "data.aws_lb.x", "mode": "data", "type": "aws_lb", "values": {}}
    inner = {"child_modules": [{"resources": written[-1:]}]}
    return {"planned_values": {"root_module": {"resources": [*written[:-1], data], "child_modules": [inner]}}}
