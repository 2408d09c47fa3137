"""Parameters of a DB parameter group: requests to RDS, and the selection that the state contains."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from terraform_provider.resources._batches import batches
from terraform_provider.values.unknown import State

Parameter = Mapping[str, str]
"""A parameter in RDS's form."""
AT_ONCE = 20
"""The number of parameters that a request may change."""
USER, PENDING_REBOOT = "user", "pending-reboot"
METHODS = ("immediate", PENDING_REBOOT)
TOGETHER = (
    ("collation_server", "character_set_server"),
    ("gtid-mode", "enforce_gtid_consistency"),
    ("password_encryption", "rds.accepted_password_auth_method"),
    ("ssl_max_protocol_version", "ssl_min_protocol_version"),
    ("rds.change_data_capture_streaming", "binlog_format"),
    ("aurora_enhanced_binlog", "binlog_backup", "binlog_replication_globaldb"),
)
"""Parameters that RDS takes only in the same request."""


def of_blocks(blocks: Iterable[State] | None) -> dict[str, Parameter]:
    """Return the parameters of a configuration or state, by name; RDS's names are in lower case."""
    return {
        each["name"].lower(): {
            "ParameterName": each["name"].lower(),
            "ParameterValue": each["value"] or "",
            "ApplyMethod": (each["apply_method"] or METHODS[0]).lower(),
        }
        for each in blocks or ()
    }


def requests(changed: Iterable[Parameter]) -> Iterator[Sequence[Parameter]]:
    """Order changes as the real provider does: related ones together, then by method, in few requests."""
    left = sorted(changed, key=lambda each: each["ParameterName"])
    groups: list[list[Parameter]] = []
    for names in TOGETHER:
        groups.append([each for each in left if each["ParameterName"] in names])
        left = [each for each in left if each["ParameterName"] not in names]
    of_methods = (
        [each for each in left if (each["ApplyMethod"] == PENDING_REBOOT) == waits] for waits in (False, True)
    )
    for group in (*groups, *of_methods):
        yield from batches(group, AT_ONCE)


def as_blocks(found: Iterable[Parameter], known: Iterable[State] | None) -> list[State]:
    """Return the state's blocks: values that a user set, and RDS's own values if the configuration repeats them.

    `known`: the state before, or the plan. RDS keeps its own method for a value that is its own, whatever the
    configuration says: the difference shows in every plan (hashicorp/terraform-provider-aws#39252).
    """
    named = of_blocks(known)
    return [
        {
            "name": each["ParameterName"].lower(),
            "value": each.get("ParameterValue", ""),
            "apply_method": each.get("ApplyMethod", "").lower(),
        }
        for each in found
        if each.get("Source") == USER or each["ParameterName"] in named
    ]
