"""What ours refuses and AWS refuses too, and what of a test cannot be asked of a cloud that is like AWS."""

import re

REFUSED_RIGHTLY = {
    "a Fargate task or service without a network configuration": r"Network Configuration must be provided",
}
"""Reason -> pattern of a refusal's `Operation: Code: message`, each judged by hand."""


def reason_of(operation: str, code: str, message: str) -> str:
    """Why AWS would refuse it too; empty when that was not judged."""
    refusal = f"{operation}: {code}: {message}"
    return next((reason for reason, pattern in REFUSED_RIGHTLY.items() if re.search(pattern, refusal)), "")
