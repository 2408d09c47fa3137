"""Query-protocol responses, written by the service's model."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from xml.etree import ElementTree

from localcloud.protocol.service_models import service_model
from localcloud.protocol.wire import AwsResponse

NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot contain."""


def query_response(service: str, operation: str, values: Mapping[str, object]) -> AwsResponse:
    """Return a response. `service`: botocore's name. `values`: by the names of the model's output; None is left out."""
    model = service_model(service)
    root = ElementTree.Element(f"{operation}Response", xmlns=str(model.metadata.get("xmlNamespace", "")))
    shape = model.operation_model(operation).output_shape
    if shape is not None:
        _write(ElementTree.SubElement(root, f"{operation}Result"), shape, values)
    request_id = str(uuid.uuid4())
    ElementTree.SubElement(ElementTree.SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return AwsResponse(200, headers, ElementTree.tostring(root))


def _write(element: ElementTree.Element, shape: Any, value: Any) -> None:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _member(element, member, member.serialization.get("name", name), value[name])
    elif shape.type_name == "boolean":
        element.text = "true" if value else "false"
    elif shape.type_name == "timestamp":
        element.text = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    else:
        element.text = NO_XML.sub("?", str(value))


def _member(parent: ElementTree.Element, shape: Any, name: str, value: Any) -> None:
    if shape.type_name != "list":
        _write(ElementTree.SubElement(parent, name), shape, value)
        return
    flattened = shape.serialization.get("flattened")
    place = parent if flattened else ElementTree.SubElement(parent, name)
    inner = name if flattened else shape.member.serialization.get("name", "member")
    for each in value:
        _write(ElementTree.SubElement(place, inner), shape.member, each)
