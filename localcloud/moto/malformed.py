"""Unreadable bodies, and mistakes on which moto fails: returns AWS's error instead of a plain 500."""

import binascii
import json
import logging
from xml.parsers.expat import ExpatError

from localcloud.errors import AwsError, not_offered
from localcloud.moto.mistakes import client_error
from localcloud.protocol.service_models import model_of
from localcloud.protocol.validation import json_body
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

log = logging.getLogger(__name__)

PAGE = b"<!doctype html"


class UnexpectedFailure(AwsError):
    """A request on which moto fails for no known reason."""

    def __init__(self, what: str, error: Exception) -> None:
        # Not 500: clients would keep retrying a request that fails every time.
        words = f"{what}: moto cannot handle this request: {type(error).__name__}: {error}"
        super().__init__("InvalidAction", words, 501)


class FailedInMoto(Exception):
    """moto has caught its own failure and returned a 5xx status."""


def malformed(request: AwsRequest, why: str) -> AwsError:
    """Return the error for a body that does not follow the protocol."""
    if request.service == "s3":
        return AwsError("MalformedXML", "The XML you provided was not well-formed", 400)
    return AwsError("MalformedInput" if request.is_form else "SerializationException", why, 400)


def check_body(request: AwsRequest) -> None:
    """Check that a JSON request names an operation and is JSON. Errors: AwsError."""
    if "x-amz-target" in request.headers:
        if not request.operation:
            raise AwsError("UnknownOperationException", "The request is not a known operation", 400)
        json_body.json_object(request.body, allows_nan=False)


def of_moto(request: AwsRequest, error: Exception) -> AwsError:
    """Return the client's error for an exception in moto; `UnexpectedFailure` when it is none that is known."""
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
        _check_by_model(request)
    except AwsError as refused:
        return refused
    if mistake := client_error(request, error):
        return mistake
    log.error("moto failed", exc_info=error, extra={"action": "moto_failed", "operation": request.operation})
    return UnexpectedFailure(request.operation or f"{request.method} {request.path}", error)


def _unknown_operation(request: AwsRequest) -> AwsError | None:
    model = model_of(request)
    if model is None:
        return None
    version = request.form.get("Version", "")
    is_version = not request.is_form or version == model.metadata["apiVersion"]
    if is_version and request.operation in model.operation_names:
        return None
    if request.is_form:
        return AwsError("InvalidAction", f"Could not find operation {request.operation} for version {version}", 400)
    return AwsError("UnknownOperationException", f"{request.operation or 'The request'} is not a known operation", 400)


def _check_by_model(request: AwsRequest) -> None:
    """Check the parameters against the service's model. Errors: AwsError."""
    if (model := model_of(request)) is not None:
        RequestModel(model.service_name).read(request)
    elif not request.is_form and request.service != "s3":
        json_body.json_object(request.body, allows_nan=False)
