"""aws_iam_policy_document: statements as blocks, merged with documents in JSON."""

import json
import zlib
from typing import Any

from terraform_provider.data_sources._policies import (
    Document,
    Refused,
    Statement,
    conditions_of,
    principals_of,
    strings_of,
)
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.values.go_json import written
from terraform_provider.values.unknown import State

VERSION = "2012-10-17"
WITHOUT_VARIABLES = "2008-10-17"
INDENT = 2
WRITING = "writing IAM Policy Document"


@data_source("aws_iam_policy_document")
def iam_policy_document(aws: Aws, config: State) -> State:
    version = config.get("version") or VERSION
    merged = Document()
    _merge_sources(merged, config.get("source_policy_documents") or [])
    merged.merge(Document(version, config.get("policy_id") or "", _statements(config, version)))
    for number, text in enumerate(config.get("override_policy_documents") or []):
        if text:
            merged.merge(_parsed(text, f"override document {number}", "override_policy_documents"))
    shown = written(merged.as_json(), indent=INDENT)
    return {
        "id": str(zlib.crc32(shown.encode())),
        "json": shown,
        "minified_json": written(merged.as_json()),
        "statement": [{**each, "effect": each["effect"] or "Allow"} for each in config.get("statement") or []],
        "version": version,
    }


def _merge_sources(merged: Document, sources: list[str | None]) -> None:
    seen: set[str] = set()
    for number, text in enumerate(sources):
        if not text:
            continue
        source = _parsed(text, f"source document {number}", "source_policy_documents")
        for position, statement in enumerate(source.statements):
            if statement.sid and statement.sid in seen:
                raise ProviderError(
                    f"{WRITING}: merging source document {number}: duplicate Sid ({statement.sid}) in "
                    f"source_policy_documents (statement {position}). Remove the Sid or ensure Sids are unique.",
                    path=("source_policy_documents",),
                )
            seen.add(statement.sid)
        merged.merge(source)


def _parsed(text: str, which: str, attribute: str) -> Document:
    try:
        return Document.parsed(json.loads(text))
    except (ValueError, Refused) as exc:
        raise ProviderError(f"{WRITING}: merging {which}: {exc}", path=(attribute,)) from exc


def _statements(config: State, version: str) -> list[Statement]:
    statements: list[Statement] = []
    for number, block in enumerate(config.get("statement") or []):
        sid = block["sid"] or ""
        if sid and any(each.sid == sid for each in statements):
            raise ProviderError(
                f"{WRITING}: duplicate Sid ({sid}). Remove the Sid or ensure the Sid is unique.",
                path=("statement", number, "sid"),
            )
        statements.append(_statement(block, sid, version))
    return statements


def _statement(block: State, sid: str, version: str) -> Statement:
    def replaced(value: Any, attribute: str) -> Any:
        return _with_variables(value, version, attribute)

    return Statement(
        sid=sid,
        effect=block["effect"] or "Allow",
        actions=strings_of(block["actions"]),
        not_actions=strings_of(block["not_actions"]),
        resources=replaced(strings_of(block["resources"]), "resources"),
        not_resources=replaced(strings_of(block["not_resources"]), "not_resources"),
        principals=replaced(principals_of(block["principals"]), "principals"),
        not_principals=replaced(principals_of(block["not_principals"]), "not_principals"),
        conditions=replaced(conditions_of(block["condition"]), "condition"),
    )


def _with_variables(value: Any, version: str, attribute: str) -> Any:
    """Write IAM's variables, &{aws:username} in HCL, as IAM has them: ${aws:username}."""
    if isinstance(value, list):
        return [_with_variables(each, version, attribute) for each in value]
    if isinstance(value, tuple):
        return (*value[:-1], _with_variables(value[-1], version, attribute))
    if isinstance(value, str):
        if version == WITHOUT_VARIABLES and "&{" in value:
            raise ProviderError(
                f"reading {attribute}: found &{{ sequence in ({value}), which is not supported in document version "
                f"{WITHOUT_VARIABLES}",
                f'Set version = "{VERSION}".',
                ("statement",),
            )
        return value.replace("&{", "${")
    return value
