"""Reads requests of CloudWatch Logs: names first, whose errors the service words itself, then the model."""

from localcloud.cloudwatch.logs.operations.account import invalid
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("logs")
MOST_LETTERS = 512
NAME_TOO_LONG = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."


def read(request: AwsRequest) -> dict[str, object]:
    """Return the parameters of a request. Errors: AwsError in AWS's words."""
    parameters = MODEL.parse(request)
    if any(len(str(parameters.get(name, ""))) > MOST_LETTERS for name in ("logGroupName", "logStreamName")):
        raise invalid(NAME_TOO_LONG)
    MODEL.check(request.operation, parameters)
    return parameters
