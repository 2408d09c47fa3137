"""Reads and checks `prices.toml`: the bundled price table and the usage assumptions."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ops.errors import Misuse
from ops.log_text import shown

TABLE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    usd: float
    unit: str
    basis: str  # "known" or "derived"; prices.toml says what they mean
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The prices of one region, recorded on one day."""

    region: str
    date: datetime.date
    uncertainty_percent: float
    prices: Mapping[str, Price]  # "alb_hour", "rds_instance_hour db.t4g.micro"
    usage: Mapping[str, Mapping[str, float]]  # by environment; "" applies to all


@cache
def read_table(path: Path = TABLE) -> Table:
    """Read the table; a price without unit or basis is a bug of ours, and raises."""
    written = tomllib.loads(path.read_text())
    prices = {name: Price(**price) for name, price in written["price"].items()}
    for group in ("rds_instance_hour", "redis_node_hour"):
        prices |= {f"{group} {kind}": Price(**price) for kind, price in written[group].items()}
    usage = written["usage"]
    common = {name: float(value) for name, value in usage.items() if not isinstance(value, dict)}
    own = {name: numbers(value) for name, value in usage.items() if isinstance(value, dict)}
    return Table(
        region=written["region"],
        date=written["date"],
        uncertainty_percent=written["uncertainty_percent"],
        prices=prices,
        usage={"": common, **own},
    )


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def usage_of(table: Table, environment: str, changes: Mapping[str, float]) -> dict[str, float]:
    """Return the usage assumptions for an environment, with the caller's own numbers.

    Errors: Misuse for a name that is not an assumption.
    """
    common = table.usage[""]
    unknown = changes.keys() - common.keys()
    if unknown:
        raise Misuse(
            f"--usage should be one of {', '.join(sorted(common))}, found {shown(min(unknown))}",
            next_step="for example `--usage requests_million=20`",
        )
    return {**common, **table.usage.get(environment, {}), **changes}


def parse_usage(settings: list[str]) -> dict[str, float]:
    """Read `NAME=NUMBER` texts. Errors: Misuse."""
    changes = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        try:
            changes[name] = float(text)
        except ValueError:
            raise Misuse(
                f"--usage should be NAME=NUMBER, found {shown(setting)}",
                next_step="for example `--usage requests_million=20`",
            ) from None
        if not 0 <= changes[name] < float("inf"):
            raise Misuse(
                f"--usage {name} should be a number of 0 or more, found {shown(text)}",
                next_step="for example `--usage requests_million=20`",
            )
    return changes
