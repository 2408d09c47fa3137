"""S3's checks of replication rules; moto stores any. Pure.

S3 accepts only 15 minutes (API reference). Its words for other times are unconfirmed; those for a threshold
without replication time are printed by AWS.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError

Rule = Mapping[str, Any]
"""A rule as the request's XML has it: values are texts."""

MINUTES = "15"


def check_replication(rules: Sequence[Rule]) -> None:
    """Errors: AwsError InvalidArgument."""
    for rule in rules:
        destination = rule.get("Destination") or {}
        time, metrics = destination.get("ReplicationTime"), destination.get("Metrics") or {}
        threshold = metrics.get("EventThreshold")
        if time is not None and (time.get("Time") or {}).get("Minutes") != MINUTES:
            raise _invalid(f"ReplicationTime must be {MINUTES} minutes")
        if threshold and (time is None or time.get("Status") != "Enabled"):
            raise _invalid(
                "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"
            )
        if threshold and threshold.get("Minutes") != MINUTES:
            raise _invalid(f"EventThreshold must be {MINUTES} minutes")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgument", message)
