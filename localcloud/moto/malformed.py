"""Unreadable bodies, and mistakes on which moto fails: answers with AWS's error instead of a plain 500."""

import binascii
import json
import logging
from typing import Any, NoReturn
from xml.parsers.expat import ExpatError

from localcloud.errors import AwsError
from localcloud.moto.mistakes import mistake_of
from localcloud.protocol.request_model import parameters, refuse
from localcloud.protocol.service_models import model_of, operation_of
from localcloud.protocol.wire import AwsRequest

log = logging.getLogger(__name__)

PAGE = b"<!doctype html"


class Stumbled(AwsError):
    """A request on which moto fails for no known reason."""

    def __init__(self, what: str, error: Exception) -> None:
        # Not 500: clients would keep retrying a request that fails every time.
        words = f"{what}: moto cannot answer this request: {type(error).__name__}: {error}"
        super().__init__("InvalidAction", words, 501)


class FailedInMoto(Exception):
    """moto has caught its own failure and answers with a 5xx status."""


KINDS = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
}
"""Shape type -> Python type in JSON. Fractional numbers and times have several forms."""


def malformed(request: AwsRequest, why: str) -> AwsError:
    """Return the error for a body that does not follow the protocol."""
    if request.service == "s3":
        return AwsError("MalformedXML", "The XML you provided was not well-formed", 400)
    return AwsError("MalformedInput" if request.is_form else "SerializationException", why, 400)


def document(request: AwsRequest) -> dict[str, Any]:
    """Parse a body of the JSON protocol; an empty one is an empty object. Errors: AwsError SerializationException."""
    if not request.body.strip():
        return {}
    try:
        found = json.loads(request.body.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise malformed(request, f"the body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise malformed(request, "the body should be a JSON object")
    return found


def refuse_malformed(request: AwsRequest) -> None:
    """Errors: AwsError."""
    if "x-amz-target" in request.headers:
        if not request.operation:
            raise AwsError("UnknownOperationException", "The request is no known operation", 400)
        document(request)


def of_moto(request: AwsRequest, error: Exception) -> AwsError:
    """Return the client's error for an exception in moto; `Stumbled` when it is not a known mistake of the client."""
    if isinstance(error, AwsError):
        return error
    if unknown := _unknown_operation(request):
        return unknown
    if isinstance(error, NotImplementedError):  # Report it directly: clients keep retrying internal failures.
        return not_offered(str(error))
    if request.service == "s3" and isinstance(error, KeyError) and "DEFAULT" in error.args:
        return AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    if isinstance(error, ExpatError | UnicodeDecodeError | json.JSONDecodeError | binascii.Error):
        return malformed(request, str(error))
    try:
        _refuse_by_model(request)
    except AwsError as refused:
        return refused
    if mistake := mistake_of(request, error):
        return mistake
    log.error("moto failed", exc_info=error, extra={"action": "moto_failed", "operation": request.operation})
    return Stumbled(request.operation or f"{request.method} {request.path}", error)


def not_offered(what: str) -> AwsError:
    """Return the error for an AWS operation that nothing here supports."""
    return AwsError("InvalidAction", f"{what}: neither here nor in moto", 501)


def _unknown_operation(request: AwsRequest) -> AwsError | None:
    model = model_of(request)
    if model is None or request.operation in model.operation_names:
        return None
    if request.is_form:
        version = request.form.get("Version", "")
        return AwsError("InvalidAction", f"Could not find operation {request.operation} for version {version}", 400)
    return AwsError("UnknownOperationException", f"{request.operation or 'The request'} is no known operation", 400)


def _refuse_by_model(request: AwsRequest) -> None:
    """Check the parameters against the service's model. Errors: AwsError."""
    operation = operation_of(request)
    if operation is None or operation.input_shape is None:
        if not request.is_form and request.service != "s3":
            document(request)
        return
    asked = parameters(request.form) if request.is_form else document(request)
    if not request.is_form and (wrong := _wrong_type(operation.input_shape, asked, "")):
        raise malformed(request, wrong)
    refuse(operation.input_shape, asked, "ValidationError" if request.is_form else "ValidationException")


def _wrong_type(shape: Any, value: Any, where: str) -> str | None:
    """Return the first value whose JSON type differs from the model."""
    kind = KINDS.get(shape.type_name)
    if value is None:
        return None
    if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        return f"{where or 'the body'}: should be a {shape.type_name}, got {type(value).__name__}"
    if isinstance(value, dict):
        members = getattr(shape, "members", {})
        below = ((name, members.get(name, getattr(shape, "value", None)), each) for name, each in value.items())
    elif isinstance(value, list):
        below = ((str(number), shape.member, each) for number, each in enumerate(value))
    else:
        return None
    found = (_wrong_type(each_shape, each, f"{where}.{name}") for name, each_shape, each in below if each_shape)
    return next((wrong for wrong in found if wrong), None)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
