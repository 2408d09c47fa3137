"""CORS rules: the blocks of the bucket and of its setting, and S3's."""

from typing import Any

from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

NONE = "NoSuchCORSConfiguration"
LISTS = {
    "allowed_headers": "AllowedHeaders",
    "allowed_methods": "AllowedMethods",
    "allowed_origins": "AllowedOrigins",
    "expose_headers": "ExposeHeaders",
}


def of_blocks(blocks: list[State]) -> dict[str, Any]:
    return {"CORSRules": [_rule(each) for each in blocks]}


def _rule(block: State) -> dict[str, Any]:
    lists = {theirs: list(block[ours]) for ours, theirs in LISTS.items() if block[ours]}
    return lists | given(block, {"id": "ID", "max_age_seconds": "MaxAgeSeconds"})


def as_blocks(rules: list[dict[str, Any]], *, with_id: bool) -> list[State]:
    return [
        {ours: rule.get(theirs) or [] for ours, theirs in LISTS.items()}
        | {"max_age_seconds": rule.get("MaxAgeSeconds", 0)}
        | ({"id": rule.get("ID", "")} if with_id else {})
        for rule in rules
    ]
