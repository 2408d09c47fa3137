"""Names that ELBv2 accepts, in AWS's words according to hashicorp/terraform#11699 and moto's tests. Pure."""

import re

from localcloud.errors import AwsError

LONGEST_NAME = 32


def check_name(kind: str, name: str) -> None:
    """Check a name. kind: "Target group" or "Load balancer". Errors: AwsError ValidationError."""
    if len(name) > LONGEST_NAME:
        raise _invalid(f"{kind} name '{name}' cannot be longer than '{LONGEST_NAME}' characters")
    if not re.fullmatch("[A-Za-z0-9-]+", name):
        raise _invalid(
            f"{kind} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise _invalid(f"{kind} name '{name}' cannot begin or end with '-'")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
