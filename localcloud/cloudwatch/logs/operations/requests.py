"""Requests of CloudWatch Logs by its model: what they ask."""

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
    """The parameters of an operation, within what the model allows. Errors: AwsError in AWS's words."""
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
    """Newer operations tell of mistakes as ValidationException, by what the model says of their errors."""
    errors = {shape.name for shape in service_model("logs").operation_model(operation).error_shapes}
    return "InvalidParameterException" if "InvalidParameterException" in errors else "ValidationException"
