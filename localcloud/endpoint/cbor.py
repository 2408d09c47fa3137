"""Smithy's RPC v2 CBOR, which newer SDKs use for CloudWatch and some others: translated to and from JSON.

Services, moto's or ours, receive JSON only, so every service that supports both protocols also supports this one.
"""

import base64
import json
import math
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.model import OperationModel
from botocore.parsers import JSONParser, ResponseParserError, RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

from localcloud.errors import AwsError
from localcloud.protocol.service_models import model_with_target
from localcloud.protocol.wire import QUERY_ERROR, RPC_PATH, AwsRequest, AwsResponse

HEADERS = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def is_cbor(request: AwsRequest) -> bool:
    """Return whether the request uses CBOR, correctly or not."""
    return RPC_PATH.fullmatch(request.path) is not None and (
        "cbor" in request.headers.get("smithy-protocol", "") or "cbor" in request.headers.get("content-type", "")
    )


def operation_of_path(request: AwsRequest) -> OperationModel:
    """Errors: AwsError UnknownOperationException."""
    named = RPC_PATH.fullmatch(request.path)
    assert named is not None  # noqa: S101 - `is_cbor`
    model = model_with_target(request.service, named["service"])
    if model is None or named["operation"] not in model.operation_names or "json" not in _protocols(model):
        raise AwsError(
            "UnknownOperationException", f"{named['service']}.{named['operation']} is not a known operation", 404
        )
    return model.operation_model(named["operation"])


def as_json(request: AwsRequest, operation: OperationModel) -> AwsRequest:
    """Convert the request to JSON. Errors: AwsError SerializationException."""
    parameters = _in_json(_parsed(request.body), operation.input_shape)
    metadata = operation.service_model.metadata
    headers = {name: value for name, value in request.headers.items() if name not in ("smithy-protocol", "accept")}
    headers |= {
        "x-amz-target": f"{metadata['targetPrefix']}.{operation.name}",
        "content-type": f"application/x-amz-json-{metadata.get('jsonVersion', '1.0')}",
    }
    body = json.dumps(parameters).encode()
    return replace(request, path="/", headers=headers, body=body, operation=operation.name)


def from_json(response: AwsResponse, operation: OperationModel) -> AwsResponse:
    """Convert any response to CBOR."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    kept = {name: headers[name] for name in ("x-amzn-requestid", QUERY_ERROR) if name in headers}
    kept = {"x-amzn-requestid": str(uuid.uuid4())} | kept
    if response.status >= 400:
        return replace(error_response(_error(response)), headers=HEADERS | kept)
    answer = {"status_code": response.status, "headers": headers, "body": response.body or b"{}"}
    value = JSONParser().parse(answer, operation.output_shape)
    value.pop("ResponseMetadata", None)
    body = bytearray()
    if operation.output_shape is None:
        body += b"\xa0"
    else:
        RpcV2CBORSerializer()._serialize_data_item(body, value, operation.output_shape)
    return AwsResponse(response.status, HEADERS | kept, bytes(body))


def error_response(error: AwsError) -> AwsResponse:
    """Return the error in CBOR, with the code as `__type`."""
    body = bytearray(b"\xa2")
    serializer = RpcV2CBORSerializer()
    for text in ("__type", error.code, "message", error.message):
        serializer._serialize_type_string(body, text, None, None)
    return AwsResponse(error.status, HEADERS | {"x-amzn-requestid": str(uuid.uuid4())}, bytes(body))


def _error(response: AwsResponse) -> AwsError:
    try:
        document = json.loads(response.body)
        code, message = document["__type"], document.get("message") or document.get("Message") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        return AwsError("InternalFailure", response.body.decode(errors="replace")[:200], response.status)
    return AwsError(code.rpartition("#")[2], message, response.status)


def _parsed(body: bytes) -> Any:
    if not body:
        return {}
    parser = RpcV2CBORParser()
    stream = parser.get_peekable_stream_from_bytes(body)
    try:
        value = parser.parse_data_item(stream)
    # This parser is written for trusted responses. On arbitrary bytes it raises all of these: lengths, types and times
    # may exceed all bounds.
    except (
        RuntimeError,
        ResponseParserError,
        BotoCoreError,
        ValueError,
        TypeError,
        OverflowError,
        MemoryError,
    ) as error:
        raise AwsError("SerializationException", f"the body is not CBOR: {error}") from error
    if stream.read(1) or not isinstance(value, dict):
        raise AwsError("SerializationException", "the body should be one CBOR map")
    return value


def _in_json(value: Any, shape: Any) -> Any:
    """Convert a value to the form of the JSON protocol."""
    if isinstance(value, dict):
        members = getattr(shape, "members", {})
        below = getattr(shape, "value", None)
        return {str(name): _in_json(each, members.get(name, below)) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_in_json(each, getattr(shape, "member", None)) for each in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return value


def _protocols(model: Any) -> list[str]:
    return list(model.metadata.get("protocols", [model.metadata["protocol"]]))
