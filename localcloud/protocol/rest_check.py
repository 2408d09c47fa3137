"""The overlay of a moto service addressed by paths: refuses requests that lack a required member."""

from localcloud.errors import AwsError
from localcloud.protocol.request_json import read_json
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.wire import AwsRequest, AwsResponse

ELSEWHERE = ("uri", "querystring", "header", "headers")
"""The places of a member outside the body."""


class RestCheck:
    """Checks required members.

    `name`: botocore's. `missing`: the service's error for a member that is left out.
    """

    def __init__(self, name: str, *, missing: str) -> None:
        self._name = name
        self._missing = missing

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Check a request; moto answers it. Errors: AwsError."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return None
        operation = operation_by_path(self._name, request.method, request.path)
        shape = operation.input_shape if operation else None
        if shape is None or "payload" in shape.serialization:
            return None
        asked = read_json(shape, request.body)
        for name in shape.required_members:
            if shape.members[name].serialization.get("location") not in ELSEWHERE and asked.get(name) is None:
                raise AwsError(self._missing, f"The request must contain the parameter {name}.")
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response
