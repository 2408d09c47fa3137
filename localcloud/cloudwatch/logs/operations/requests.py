"""Parses requests of CloudWatch Logs and checks them against the service's model."""

import json
from typing import Any

from localcloud.cloudwatch.logs.operations.account import invalid
from localcloud.errors import AwsError
from localcloud.protocol.request_json import read_json
from localcloud.protocol.request_model import RequestModel, refuse, service_model

MODEL = RequestModel("logs")
LIVE_TAIL = "StartLiveTail"
MOST_LETTERS = 512
NAME_TOO_LONG = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."


def read(operation: str, body: bytes) -> dict[str, Any]:
    """Return an operation's parameters, checked against the model. Errors: AwsError in AWS's words."""
    if not MODEL.knows(operation):
        raise AwsError(
            "UnknownOperationException",
            f"CloudWatch Logs has no operation {operation}" if operation else "The request names no operation",
        )
    shape = MODEL.input_shape(operation)
    asked = read_json(shape, body)
    for name in ("logGroupName", "logStreamName"):
        if len(str(asked.get(name, ""))) > MOST_LETTERS:
            raise invalid(NAME_TOO_LONG)
    if shape is not None:
        refuse(shape, asked, _code(operation))
    try:
        json.dumps(asked, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise AwsError("SerializationException", "The request holds half of a character.") from error
    return asked


def _code(operation: str) -> str:
    """Return the error code for mistakes: ValidationException for newer operations, by their errors in the model."""
    errors = {shape.name for shape in service_model("logs").operation_model(operation).error_shapes}
    return "InvalidParameterException" if "InvalidParameterException" in errors else "ValidationException"
