"""The one validator: reads a request by the service's botocore model, and checks it in the service's own words."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.model import Shape

from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model
from localcloud.protocol.validation import ecs_words, form, json_body, query_words, server_words
from localcloud.protocol.wire import AwsRequest


class Words(NamedTuple):
    """The wording of a service's violations. `check`: takes shape, parameters and error code; raises AwsError.

    `has_types`: it also words wrong types, which the reader of the protocol refuses for other services.
    """

    check: Callable[[Any, Mapping[str, Any], str], None]
    has_types: bool = False


SERVER_WORDS = Words(server_words.check)
QUERY_WORDS = Words(query_words.check, has_types=True)
WORDS = {
    "ec2": QUERY_WORDS,
    "ecs": Words(ecs_words.check, has_types=True),
    "elasticache": QUERY_WORDS,
    "elbv2": Words(server_words.check, has_types=True),
    "rds": QUERY_WORDS,
}
"""botocore's name -> words, where they are not the usual ones."""
INVALID_PARAMETER = "InvalidParameterException"
CODES = {"ecr": INVALID_PARAMETER, "ecs": INVALID_PARAMETER, "logs": INVALID_PARAMETER}
"""botocore's name -> code, where it is not the protocol's. Operations that do not declare it use the protocol's."""


class RequestModel:
    """The operations of one service. `name` is botocore's (`elbv2`). The model, 1 MiB, is loaded on first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._words = WORDS.get(name, SERVER_WORDS)

    def knows(self, operation: str) -> bool:
        return operation in service_model(self._name).operation_names

    def input_shape(self, operation: str) -> Shape | None:
        """Return the input shape; None when the operation takes nothing. Errors: botocore's OperationNotFoundError."""
        return service_model(self._name).operation_model(operation).input_shape

    def read(self, request: AwsRequest) -> dict[str, Any]:
        """Return the parameters of a request, in JSON or as a form, checked. Errors: AwsError."""
        parameters = self.parse(request)
        self.check(request.operation, parameters)
        return parameters

    def parse(self, request: AwsRequest) -> dict[str, Any]:
        """Return the parameters of a request; only their types are checked. Errors: AwsError."""
        self.check_operation(request)
        shape = self.input_shape(request.operation)
        if not request.is_form:
            return json_body.json_object(request.body) if self._words.has_types else json_body.read(shape, request.body)
        if shape is None:
            return {}
        parameters = form.read(shape, request.form)
        if not self._words.has_types:
            form.check_types(shape, parameters)
        return parameters

    def check_operation(self, request: AwsRequest) -> None:
        """Check that the service has the operation. Errors: AwsError InvalidAction or UnknownOperationException."""
        operation = request.operation
        if self.knows(operation):
            return
        if request.is_form:
            called = operation or "in this request"
            version = request.form.get("Version", service_model(self._name).api_version)
            raise AwsError("InvalidAction", f"Could not find operation {called} for version {version}")
        has_none = f"{self._name} has no operation {operation}"
        raise AwsError(
            "UnknownOperationException",
            has_none if operation else f"The request names no operation of {self._name}",
        )

    def check(self, operation: str, parameters: Mapping[str, object]) -> None:
        """Check the parameters of an operation that the service has. Errors: AwsError."""
        if (shape := self.input_shape(operation)) is not None:
            self._words.check(shape, parameters, self._code(operation))

    def check_form(self, operation: str, fields: Mapping[str, str]) -> None:
        """Check the fields of a form. Errors: AwsError; none for an operation that the service does not have."""
        if self.knows(operation) and (shape := self.input_shape(operation)) is not None:
            self.check(operation, form.read(shape, fields))

    def _code(self, operation: str) -> str:
        """Return the code of constraint errors. Services with the JSON protocol use another code than the rest."""
        model = service_model(self._name)
        declared = {error.name for error in model.operation_model(operation).error_shapes}
        code = CODES.get(self._name)
        if code in declared:
            return str(code)
        return "ValidationException" if model.metadata.get("protocol") == "json" else "ValidationError"
