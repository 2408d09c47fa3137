"""XML documents (REST, such as Route 53's) checked against the service's model."""

from typing import Any
from xml.etree import ElementTree

from botocore.model import OperationModel

ELSEWHERE = ("uri", "querystring", "header", "headers", "statusCode")


def missing(operation: OperationModel | None, body: bytes) -> str | None:
    """Return the path of the first required member that is missing; None where the protocol is another."""
    if operation is None or operation.service_model.metadata.get("protocol") != "rest-xml":
        return None
    shape = operation.input_shape
    if shape is None:
        return None
    in_body = [name for name, each in shape.members.items() if each.serialization.get("location") not in ELSEWHERE]
    try:
        root = ElementTree.fromstring(body) if body.strip() else None  # noqa: S314 - already parsed once, by moto
    except ElementTree.ParseError:
        return None
    payload = shape.serialization.get("payload")
    if payload:
        return (
            _missing(shape.members[payload], root, payload) if shape.members[payload].type_name == "structure" else None
        )
    required = [name for name in shape.required_members if name in in_body]
    if root is None:
        return required[0] if required else None
    return _of_structure(shape, root, "", [name for name in in_body if name in shape.members])


def _missing(shape: Any, element: Any, where: str) -> str | None:
    if element is None:
        return where
    if shape.type_name == "structure":
        return _of_structure(shape, element, where, list(shape.members))
    if shape.type_name == "list" and not shape.serialization.get("flattened"):
        found = (_missing(shape.member, each, where) for each in element)
        return next((each for each in found if each), None)
    return None


def _of_structure(shape: Any, element: Any, where: str, names: list[str]) -> str | None:
    below = {child.tag.rpartition("}")[2]: child for child in element}
    for name in names:
        member = shape.members[name]
        path = f"{where}.{name}" if where else name
        child = below.get(member.serialization.get("name", name))
        if child is None:
            if name in shape.required_members:
                return path
        elif wrong := _missing(member, child, path):
            return wrong
    return None
