"""Requests that name their operation by method, path and query: S3, Route 53, SES, API Gateway and others."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from botocore.model import OperationModel, Shape, StructureShape

from localcloud.errors import AwsError
from localcloud.protocol.service_models import PLACE, models_of, service_model
from localcloud.protocol.wire import AwsRequest

BUCKET_HOST = re.compile(r"(?P<bucket>.+?)\.(?:s3[.-].+|localhost)", re.IGNORECASE)
PORT = re.compile(r":[0-9]+$")
LARGEST_READ = 1024 * 1024
"""How many bytes of a body are searched for parameters."""


@dataclass(frozen=True)
class _Route:
    """`needed`: names in the query, and `header:NAME`, that tell an operation from others of its path."""

    operation: OperationModel
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    needed: tuple[str, ...]
    literal: int


def operation_of(request: AwsRequest) -> OperationModel | None:
    """Return the operation of a request by its path; None when the service has none there."""
    path, query = _path(request), dict(parse_qsl(request.query_string, keep_blank_values=True))
    for model in models_of(request.service):
        if str(model.metadata["protocol"]).startswith("rest"):
            for route in _routes(model.service_name).get(request.method, ()):
                if route.path.fullmatch(path) and _fits(route, query, request.headers):
                    return route.operation
    return None


def check_known(request: AwsRequest) -> None:
    """Check that a request without an operation is not one of a REST API: moto may still find something to do.

    It takes `PUT //bucket/key`, and forms that are no uploads. Errors: AwsError, whatever the caller may do.
    """
    is_rest = any(str(model.metadata["protocol"]).startswith("rest") for model in models_of(request.service))
    if not is_rest or request.operation or request.method == "OPTIONS":  # browsers ask by OPTIONS what they may send
        return
    if request.service == "s3":
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    words = f"{request.method} {request.path} is not an operation of {request.service}."
    raise AwsError("UnknownOperationException", words, 404)


def parameters_of(operation: OperationModel, request: AwsRequest) -> dict[str, object]:
    """Return the parameters in path, query, headers and body."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return {}
    query = parse_qsl(request.query_string, keep_blank_values=True)
    matched = _pattern(_uri(operation)).fullmatch(_path(request))
    names = PLACE.findall(_uri(operation).partition("?")[0])
    in_path = dict(zip((name.rstrip("+") for name in names), matched.groups() if matched else (), strict=False))
    found: dict[str, object] = {}
    for name, member in shape.members.items():
        called = str(member.serialization.get("name", name))
        given: list[str] = []
        match member.serialization.get("location"):
            case "uri":
                given = [in_path[called]] if called in in_path else []
            case "querystring":
                given = [value for key, value in query if key == called]
            case "header":
                given = [request.headers[called.lower()]] if called.lower() in request.headers else []
        if given:
            found[name] = given if member.type_name == "list" else given[0]
    return found | _in_body(operation, shape, request)


def _uri(operation: OperationModel) -> str:
    """Return path and query; botocore's clients take the bucket out of the models that they share with us."""
    uri = str(operation.http["requestUri"])
    return f"/{{Bucket}}{uri}" if "authPath" in operation.http else uri


def _path(request: AwsRequest) -> str:
    """Return the path, with the bucket that the host names."""
    path = request.path
    if request.service == "s3":
        host = BUCKET_HOST.fullmatch(PORT.sub("", request.headers.get("host", "")))
        if host and host["bucket"].lower() != "s3":
            path = f"/{host['bucket']}{path}"
    return path.rstrip("/") or "/" if path.count("/") <= 2 else path


def _fits(route: _Route, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    if not all(name in query and value in ("", query[name]) for name, value in route.query):
        return False
    return all(
        name.removeprefix("header:") in headers if name.startswith("header:") else name in query
        for name in route.needed
    )


@cache
def _routes(name: str) -> dict[str, list[_Route]]:
    """Return the routes of a service by method; those with the most requirements come first."""
    found: dict[str, list[_Route]] = {}
    model = service_model(name)
    for each in model.operation_names:
        operation = model.operation_model(each)
        path, _, query = _uri(operation).partition("?")
        route = _Route(
            operation=operation,
            path=_pattern(_uri(operation)),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            needed=tuple(_needed(operation)),
            literal=len(PLACE.sub("", path)),
        )
        found.setdefault(operation.http["method"], []).append(route)
    for routes in found.values():
        routes.sort(key=lambda route: (-len(route.query) - len(route.needed), -route.literal, route.operation.name))
    return found


def _needed(operation: OperationModel) -> list[str]:
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return []
    found = []
    for name in shape.required_members:
        serialization = shape.members[name].serialization
        called = str(serialization.get("name", name))
        if serialization.get("location") == "querystring":
            found.append(called)
        elif serialization.get("location") == "header":
            found.append(f"header:{called.lower()}")
    return found


@cache
def _pattern(uri: str) -> re.Pattern[str]:
    path = uri.partition("?")[0].rstrip("/") or "/"
    pieces, end = [], 0
    for place in PLACE.finditer(path):
        pieces.append(re.escape(path[end : place.start()]))
        has_slashes = place["name"].endswith("+") or place["name"].lower().endswith(("arn", "routekey"))
        pieces.append("(.+)" if has_slashes else "([^/]+)")
        end = place.end()
    return re.compile("".join([*pieces, re.escape(path[end:])]) + "/?", re.DOTALL)


def _in_body(operation: OperationModel, shape: StructureShape, request: AwsRequest) -> dict[str, object]:
    payload = shape.serialization.get("payload")
    content = shape.members[payload] if payload else shape
    if content.type_name != "structure" or not request.body or len(request.body) > LARGEST_READ:
        return {}
    read = _xml(content, request.body) if "xml" in operation.service_model.metadata["protocol"] else _json(request.body)
    if not isinstance(read, dict):
        return {}
    return {payload: read, **_tags_in(read)} if payload else read


def _tags_in(read: Mapping[str, object]) -> dict[str, object]:
    """Return the tags of a payload in the form that other services use."""
    given = read.get("TagSet", read.get("Tags"))
    return {} if given is None else {"Tags": given}


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _xml(shape: Shape, body: bytes) -> object:
    try:
        return _element(shape, ElementTree.fromstring(body))  # noqa: S314 - expat of this version expands no bombs
    except ElementTree.ParseError:
        return None


def _element(shape: Shape, element: ElementTree.Element) -> object:
    if isinstance(shape, StructureShape):
        found: dict[str, object] = {}
        for name, member in shape.members.items():
            called = str(member.serialization.get("name", name))
            is_flat = member.type_name == "list" and member.serialization.get("flattened")
            below = [each for each in element if each.tag.rpartition("}")[2] == called]
            if below:
                found[name] = (
                    [_element(member.member, each) for each in below] if is_flat else _element(member, below[0])
                )
        return found
    if shape.type_name == "list":
        return [_element(shape.member, each) for each in element]
    return element.text or ""
