"""The parameters of the family postgres16: PostgreSQL 16.10's own (`pg_settings`) as RDS modifies them.

RDS sets some (`Source` is `system`), makes others read-only (`IsModifiable`), and adds its own (`rds.*`).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FAMILY = "postgres16"
FILE = Path(__file__).with_name(f"{FAMILY}.tsv")
FORMULA = re.compile(r"[A-Za-z{][A-Za-z0-9{}()*/+,. -]*")
"""A formula that RDS evaluates for the instance: `LEAST({DBInstanceClassMemory/9531392},5000)`."""
RANGE = re.compile(r"(-?[0-9.e+]+)-(-?[0-9.e+]+)")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter. `value`: the value set by RDS; empty where PostgreSQL's default applies."""

    name: str
    data_type: str
    is_static: bool
    is_modifiable: bool
    value: str
    allowed: str
    description: str

    def described(self) -> dict[str, object]:
        """Describe an unmodified parameter for DescribeDBParameters.

        RDS then says `pending-reboot` whatever the type.
        """
        more = {"ParameterValue": self.value, "AllowedValues": self.allowed}
        shown: dict[str, object] = {
            "ParameterName": self.name,
            "Description": self.description,
            "Source": "system" if self.value else "engine-default",
            "ApplyType": "static" if self.is_static else "dynamic",
            "DataType": self.data_type,
            "IsModifiable": self.is_modifiable,
            "ApplyMethod": "pending-reboot",
        }
        return shown | {name: text for name, text in more.items() if text}

    def takes(self, value: str) -> bool:
        """Return whether a value is allowed; a formula is, for a number."""
        if not self.allowed:
            return True
        limits = RANGE.fullmatch(self.allowed)
        if limits is None:
            given = [each.strip() for each in value.split(",")] if self.data_type == "list" else [value]
            return set(given) <= set(self.allowed.split(","))
        if "{" in value:
            return FORMULA.fullmatch(value) is not None
        try:
            number = int(value) if self.data_type == "integer" else float(value)
        except ValueError:
            return False
        return float(limits[1]) <= number <= float(limits[2])


@cache
def catalogue() -> Mapping[str, Parameter]:
    with FILE.open(newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {row[0]: _parameter(*row) for row in rows}


def _parameter(
    name: str, data_type: str, apply_type: str, modifiable: str, value: str, allowed: str, description: str
) -> Parameter:
    return Parameter(
        name=name,
        data_type=data_type,
        is_static=apply_type == "static",
        is_modifiable=modifiable == "yes",
        value=value,
        allowed=allowed,
        description=description,
    )
