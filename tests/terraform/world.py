"""Reads all that an account holds through the API, with all that describes it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.terraform.call import Call
from tests.terraform.census import NOT_SUBSCRIBED, Client, pages
from tests.terraform.comparable import Named, comparable
from tests.terraform.world_calls import GLOBAL, REGIONAL


@dataclass(frozen=True)
class Found:
    """kind: `region service operation`."""

    kind: str
    name: str
    described: Mapping[str, Any]


def world(client: Client, home: str, regions: Iterable[str]) -> list[Found]:
    return [
        Found(f"{region} {service} {call.operation}", str(element[call.named_by]), element)
        for region in regions
        for service, calls in [*REGIONAL.items(), *(GLOBAL.items() if region == home else ())]
        for call in calls
        for element in _listed(client(service, region), call)
    ]


def titled(found: Iterable[Found], named: Named) -> dict[str, Any]:
    """Return what is described by kind and name, both without what AWS chooses."""
    pairs = [(f"{each.kind} {comparable(each.name, named)}", comparable(each.described, named)) for each in found]
    return dict(_numbered(sorted(pairs, key=json.dumps)))


def _listed(client: Any, call: Call) -> list[dict[str, Any]]:
    try:
        return list(_elements(client, call, {}))
    except ClientError as error:
        if error.response["Error"]["Code"] == NOT_SUBSCRIBED:
            return []
        raise AssertionError(f"{call.operation}: {error}") from error


def _described(client: Any, call: Call, around: Mapping[str, Any]) -> Any:
    """Return what a call says of an element; where there is nothing, AWS's code."""
    try:
        return list(_elements(client, call, around))
    except ClientError as error:
        return error.response["Error"]["Code"]


def _elements(client: Any, call: Call, around: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for page in pages(client, call.operation, {**call.arguments, **_parameters(client, call, around)}):
        answer = {name: each for name, each in page.items() if name != "ResponseMetadata"}
        found = answer if call.result is None else answer.get(call.result, [])
        for each in found if isinstance(found, list) else [found]:
            element = each if isinstance(each, dict) else {str(call.result): each}
            known = {**around, **element}
            parts = {_title(part): _described(client, part, known) for part in call.parts}
            yield {**element, **parts}


def _parameters(client: Any, call: Call, around: Mapping[str, Any]) -> dict[str, Any]:
    operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call.operation])
    members = operation.input_shape.members
    lists = {name for name in call.given if members[name].type_name == "list"}
    return {name: [around[its]] if name in lists else around[its] for name, its in call.given.items()}


def _title(call: Call) -> str:
    return " ".join([call.operation, *(str(each) for each in call.arguments.values())])


def _numbered(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Return what has the same title, numbered."""
    seen: Counter[str] = Counter()
    for title, described in pairs:
        seen[title] += 1
        yield f"{title} #{seen[title]}" if seen[title] > 1 else title, described
