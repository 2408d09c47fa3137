"""Refuses invalid tables: arguments that the local cloud lacks, untyped keys, capacity with on-demand billing."""

from typing import Any

from terraform_provider.framework import arguments
from terraform_provider.framework.arguments import not_served
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.dynamodb._indexes import CAPACITIES, KEYS, ON_DEMAND
from terraform_provider.values.unknown import UNKNOWN, State, has_unknown

NOT_SERVED = (
    *("import_table", "on_demand_throughput", "replica"),
    *("restore_date_time", "restore_source_name", "restore_source_table_arn", "restore_to_latest_time"),
)
KIND = "aws_dynamodb_table"
STANDARD = "STANDARD"
INDEXES = ("local_secondary_index", "global_secondary_index")
PROVISIONED = "PROVISIONED"


def refuse_not_served(config: State) -> None:
    arguments.refuse_not_served(config, NOT_SERVED, KIND)
    if config.get("table_class") not in (None, STANDARD, UNKNOWN):
        raise not_served("table_class", KIND)
    for index in _blocks(config, "global_secondary_index"):
        if index.get("on_demand_throughput"):
            raise not_served("global_secondary_index.on_demand_throughput", KIND, attribute="global_secondary_index")


def refuse_keys_without_type(config: State) -> None:
    """Check that the attributes of the code are those that keys and indexes use, all of them and no others."""
    named = {name: config.get(name) for name in ("attribute", *INDEXES, *KEYS)}
    if has_unknown(named):
        return
    owners = [config, *(index for block in INDEXES for index in _blocks(config, block))]
    used = {str(owner[name]) for owner in owners for name in KEYS if owner.get(name)}
    typed = {str(each["name"]) for each in _blocks(config, "attribute")}
    if unused := sorted(typed - used):
        raise ProviderError(
            f"all attributes must be indexed. Unused attributes: {_listed(unused)}",
            "DynamoDB accepts only the types of keys: remove the others.",
            ("attribute",),
        )
    if missing := sorted(used - typed):
        raise ProviderError(
            f"all indexes must match a defined attribute. Unmatched indexes: {_listed(missing)}",
            "Give each key an attribute block with its type.",
            ("attribute",),
        )


def refuse_expiry_without_attribute(config: State) -> None:
    for block in _blocks(config, "ttl"):
        if block.get("enabled") is True and block.get("attribute_name") in (None, ""):
            raise ProviderError(
                'Attribute "ttl[0].attribute_name" must be specified when "ttl[0].enabled" is true.',
                "Name the attribute that holds each item's time of expiry.",
                ("ttl",),
            )


def refuse_wrong_capacity(change: Change) -> None:
    new = change.planned.get("billing_mode") or PROVISIONED
    old = (change.prior or {}).get("billing_mode")
    for name in CAPACITIES:
        value = change.planned.get(name)
        if value is UNKNOWN and change.config.get(name) is not None:
            continue
        has_capacity = isinstance(value, int | float) and value >= 1
        if new == PROVISIONED and not has_capacity and old != ON_DEMAND:
            change.refuse(f'{name} must be at least 1 when billing_mode is "{PROVISIONED}"', attribute=name)
        if new == ON_DEMAND and old != PROVISIONED and has_capacity:
            change.refuse(f'{name} can not be set when billing_mode is "{ON_DEMAND}"', attribute=name)


def _blocks(config: State, name: str) -> list[Any]:
    found = config.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _listed(names: list[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in names) + "]"
