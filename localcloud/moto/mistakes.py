"""Client mistakes on which moto fails: finds the error that the service's own model has for them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from localcloud.errors import AwsError
from localcloud.moto import s3_mistakes
from localcloud.protocol import xml_documents
from localcloud.protocol.service_models import model_of, models_of, operation_by_path, operation_of
from localcloud.protocol.wire import AwsRequest, AwsResponse, error_response

MOTO_PAGE = "InvalidToken"
"""moto's code for an invalid page token, in every service."""
PAGE = re.compile("token|marker", re.IGNORECASE)
NOT_THERE = re.compile("NotFound|DoesNotExist|NoSuch|NotExist|Unknown|^DoesNot")
MALFORMED = re.compile("^(Malformed|Invalid(Parameter|Input|Argument|Request)|Validation)")
INVALID = re.compile("^(Invalid(Parameter|Input|Argument|Request)|Validation)")
NOT_A_NUMBER = re.compile(r"invalid literal for int\(\) with base 10: (?P<text>['\"].*)", re.DOTALL)
CLIENTS_WORDS = re.compile(rb"An error occurred \(\w+\) when calling the \w+ operation: ?")
"""botocore puts these words before an error's message; some of moto's messages have them already."""
ARN_COLONS = 5
DEEP_ENOUGH = 300
"""Minimum length of a text that can nest too deeply for Python."""
POLICY = "policy"
LONG_ENOUGH = 3
"""Minimum length of a text to look for in an exception: shorter ones occur in too many messages."""
SHOWN = 150
"""Number of characters to compare: Python's message contains at most 200."""
FORM_CODES = {"iam": "ValidationError", "elbv2": "ValidationError", "cloudformation": "ValidationError"}
"""Codes of query-protocol services; the others use InvalidParameterValue."""


def client_error(request: AwsRequest, error: Exception) -> AwsError | None:
    """Return the client's mistake behind an exception in moto; None when the fault is moto's.

    It is the client's mistake when moto looks up a text from the request and finds nothing, when it misses a member
    that the request could contain, when it parses a text from the request as a number or complains about a text it
    cannot parse, and when something is missing that the model requires.
    """
    if isinstance(error, RecursionError):
        return too_deep(request)
    if request.service == "s3":
        return s3_mistakes.client_error(request, error)
    parameters = dict(_values(request))
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        key = error.args[0]
        if any(key and key.lower() == value.lower() for value in parameters.values()):
            return _error(request, NOT_THERE, f"{key[:200]} does not exist.")
        if key in _members(request) and not any(name.rpartition(".")[2] == key for name in parameters):
            return _error(request, INVALID, f"The request must contain the parameter {key}.")
    if isinstance(error, ValueError) and (found := NOT_A_NUMBER.fullmatch(str(error))):
        for name, value in parameters.items():
            if repr(value)[:SHOWN] == found["text"][:SHOWN]:
                return _error(request, PAGE if PAGE.search(name) else INVALID, _invalid(name, value))
    if isinstance(error, ValueError):
        named = [name for name, value in parameters.items() if len(value) >= LONG_ENOUGH and value in str(error)]
        if named:
            return _error(request, INVALID, f"Invalid {named[0]}: {error}")
    if isinstance(error, IndexError) and (wrong := next(_no_arns(parameters), None)):
        return _error(request, INVALID, _invalid(wrong, parameters[wrong]))
    if missing := xml_documents.missing(_operation(request), request.body):
        return _error(request, INVALID, f"The request must contain the parameter {missing}.")
    return None


def too_deep(request: AwsRequest) -> AwsError | None:
    """Return the error for a text or a parameter that nests too deeply; None if the request has none.

    The texts are documents and expressions; a form's parameters nest by the dots in their names.
    """
    if request.is_form:
        found = {name: f"{name.replace('.', '(')}{value}" for name, value in request.form.items()}
    else:
        found = dict(_values(request))
    name = max(found, key=lambda each: len(found[each]), default="")
    if len(found.get(name, "")) < DEEP_ENOUGH:
        return None
    if request.service == "s3":
        return AwsError("MalformedPolicy" if POLICY in request.query_string else "MalformedXML", "Nested too deeply")
    return _error(request, MALFORMED, f"The value of {name[:100]} is nested too deeply.")


def reworded(request: AwsRequest, response: AwsResponse) -> AwsResponse:
    """Return moto's response, with the service's own error for an empty refusal or a refused page token."""
    if response.status >= 400 and CLIENTS_WORDS.search(response.body):
        response = replace(response, body=CLIENTS_WORDS.sub(b"", response.body))
    if request.service == "s3" and (error := s3_mistakes.refused(request, response)):
        return error_response(request, error)
    if response.status == 404 and not response.body and request.service != "s3" and request.method != "HEAD":
        what = request.operation or f"{request.method} {request.path}"
        return error_response(
            request, AwsError("UnknownOperationException", f"{what} is not an operation of {request.service}.", 404)
        )
    if response.status != 400 or MOTO_PAGE.encode() not in response.body or not response.body.startswith(b"{"):
        return response
    if json.loads(response.body).get("__type") != MOTO_PAGE:
        return response
    parameters = dict(_values(request))
    name = next((name for name in parameters if PAGE.search(name)), "NextToken")
    return error_response(request, _error(request, PAGE, _invalid(name, parameters.get(name, ""))))


def _no_arns(parameters: Mapping[str, str]) -> Iterator[str]:
    """Yield members named as ARNs that do not contain one: moto splits them unchecked."""
    for name, value in parameters.items():
        if name.rpartition(".")[2].lower().endswith("arn") and value.count(":") < ARN_COLONS:
            yield name


def _invalid(name: str, value: str) -> str:
    return f"Invalid value {value[:100]} for {name}."


def _error(request: AwsRequest, kind: re.Pattern[str], message: str) -> AwsError:
    """Return an error with the first of the operation's own codes that matches `kind`."""
    operation = _operation(request)
    for shape in operation.error_shapes if operation else ():
        if kind.search(shape.name):
            named = shape.metadata.get("error", {})
            return AwsError(named.get("code", shape.name), message, named.get("httpStatusCode", 400))
    model = model_of(request)
    if request.is_form:
        name = model.service_name if model else ""
        return AwsError(FORM_CODES.get(name, "InvalidParameterValue"), message)
    return AwsError("ValidationException", message)


def _values(request: AwsRequest) -> Iterator[tuple[str, str]]:
    """Yield every text of the request with the path of its member."""
    if request.is_form:
        yield from request.form.items()
        return
    yield from parse_qsl(request.query_string)
    yield from ((f"path.{number}", part) for number, part in enumerate(request.path.split("/")) if part)
    try:
        yield from _texts(json.loads(request.body or b"{}"), "")
    except ValueError:
        return


def _operation(request: AwsRequest) -> OperationModel | None:
    if request.is_form or "x-amz-target" in request.headers:
        return operation_of(request)
    found = (operation_by_path(each.service_name, request.method, request.path) for each in models_of(request.service))
    return next((each for each in found if each is not None), None)


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from _texts(below, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for number, below in enumerate(value, 1):
            yield from _texts(below, f"{where}.{number}")


def _members(request: AwsRequest) -> set[str]:
    """Return the names of the operation's input members at every depth."""
    operation = _operation(request)
    found: set[str] = set()
    waiting = [operation.input_shape] if operation else []
    seen: set[str] = set()
    while waiting:
        shape = waiting.pop()
        if shape is None or shape.name in seen:
            continue
        seen.add(shape.name)
        if shape.type_name == "structure":
            found |= set(shape.members)
            waiting += shape.members.values()
        elif shape.type_name == "list":
            waiting.append(shape.member)
        elif shape.type_name == "map":
            waiting.append(shape.value)
    return found
