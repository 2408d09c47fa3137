"""Calls of every operation of a service, and the responses that no AWS service would give."""

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    InvalidEndpointConfigurationError,
    MissingDependencyException,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from tests.fuzz.inputs import Inputs, Known

SLOW_S = 20.0
MAKES = ("Copy", "Create", "Import", "Put", "Register", "Restore", "Run", "Start")
CLIENT_SIDE = (
    MissingDependencyException,
    InvalidEndpointConfigurationError,
    ParamValidationError,
    FlexibleChecksumError,
    TypeError,
    ValueError,
    AttributeError,
    KeyError,
)
WORDLESS = {("SetAlarmState", "ResourceNotFound"), ("Decrypt", "InvalidCiphertextException")}
"""Errors that AWS itself sends without a message (the first: LocalStack's recording of September 2025)."""
UNLISTED = {
    "DBParameterGroupNotFound": ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"),
    "DBSubnetGroupNotFoundFault": ("ModifyDBInstance",),
}
"""Errors of RDS that its model lists for other operations only.

An unknown subnet group is one of CreateDBInstance's in the model and in answers that people have shown
(hashicorp/terraform#17962); of ModifyDBInstance no response was found, and no other error of its own says so.
"""
WITHOUT_BODY = "Head"
"""Operations whose responses have no room for a code and words."""
COMMON_CODES = frozenset(
    {
        "InvalidAction",
        "InvalidParameter",
        "InvalidParameterCombination",
        "InvalidParameterException",
        "InvalidParameterValue",
        "MissingParameter",
        "OperationNotSupported",
        "SerializationException",
        "UnknownOperationException",
        "ValidationError",
        "ValidationException",
    }
)
"""Errors that any operation may have beside those of its model."""
NOT_SENT = "NotSent"
SENTENCE = 3
"""Words that a refusal has at least."""
STUMBLED = "moto cannot handle"
"""The beginning of the message of an unintended 501."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A call and its response. `status` 0: no response came, `message` says why.

    `left`: what a failed creation left.
    """

    operation: str
    parameters: Any
    status: int
    code: str
    message: str
    seconds: float
    codes: frozenset[str] = frozenset()
    """Errors that the model has for the operation; empty: it does not say."""
    left: frozenset[str] = frozenset()

    def defect(self) -> str:
        """Empty for a response that a client can act on."""
        if self.status == 0:
            return f"no answer: {self.message}"
        is_meant = self.status == 501 and len(self.message.split()) >= SENTENCE and STUMBLED not in self.message
        if self.status >= 500 and not is_meant:
            return f"answered {self.status} {self.code}: {self.message[:300]}"
        has_words = bool(self.message.strip()) or (self.operation, self.code) in WORDLESS
        has_body = not self.operation.startswith(WITHOUT_BODY)
        if self.status >= 400 and has_body and not (self.code and not self.code.isdigit() and has_words):
            return f"answered {self.status} without an error's code and words: {self.code!r} {self.message[:300]!r}"
        is_known = self.code in self.codes | COMMON_CODES | {NOT_SENT} or self.operation in UNLISTED.get(self.code, ())
        if self.status >= 400 and self.codes and not is_known:
            return f"answered an error that the operation does not have: {self.code}: {self.message[:300]}"
        if self.seconds > SLOW_S:
            return f"took {self.seconds:.1f} s"
        if self.left:
            return f"failed with {self.code} and left {sorted(self.left)}"
        return ""

    def __str__(self) -> str:
        return f"{self.operation}({str(self.parameters)[:400]}): {self.defect() or self.status}"


@dataclass(frozen=True, kw_only=True)
class Fuzz:
    """`client`: botocore's, without validation of parameters and without retries. `listed`: all there is, by name.

    `without`: operations that would end what the others need. `only`: all that are called; none named: every one.
    """

    client: Any
    known: Known
    listed: Callable[[], Collection[str]] = frozenset
    without: Collection[str] = ()
    checks_codes: bool = False
    """True: an error must be listed for its operation in the model, or be one that any operation may have."""
    only: Collection[str] = ()

    def run(self, seed: int, rounds: int) -> list[Answer]:
        """Call every operation twice in each round: as the model allows, and spoiled."""
        rng = random.Random(seed)  # noqa: S311 - test data, the same each time
        inputs = Inputs(rng, self.known)
        model = self.client.meta.service_model
        answers: list[Answer] = []
        for _ in range(rounds):
            operations = [name for name in self.only or model.operation_names if name not in self.without]
            rng.shuffle(operations)
            for name in operations:
                shape = model.operation_model(name).input_shape
                request = [{}] if shape is None else [inputs.right(shape), inputs.spoiled(shape)]
                answers += [self._call(name, parameters) for parameters in request]
        return answers

    def _call(self, operation: str, parameters: Any) -> Answer:
        makes = operation.startswith(MAKES)
        before = frozenset(self.listed()) if makes else frozenset()
        begin = time.monotonic()
        status, code, message = self._outcome(operation, parameters)
        seconds = time.monotonic() - begin
        left = frozenset(self.listed()) - before if makes and status >= 400 else frozenset()
        return Answer(
            operation=operation,
            parameters=parameters,
            status=status,
            code=code,
            message=message,
            seconds=seconds,
            codes=self._codes(operation),
            left=left,
        )

    def _codes(self, operation: str) -> frozenset[str]:
        if not self.checks_codes:
            return frozenset()
        shapes = self.client.meta.service_model.operation_model(operation).error_shapes
        return frozenset(str(getattr(shape, "error_code", None) or shape.name) for shape in shapes)

    def _outcome(self, operation: str, parameters: Any) -> tuple[int, str, str]:
        try:
            answer = self.client._make_api_call(operation, parameters)
        except ClientError as error:
            response = error.response
            status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            return status, str(response["Error"].get("Code", "")), str(response["Error"].get("Message", ""))
        except CLIENT_SIDE as error:  # botocore cannot write it down: nothing was sent
            return 400, NOT_SENT, f"{type(error).__name__}: nothing was sent"
        except (BotoCoreError, ResponseParserError) as error:
            return 0, type(error).__name__, str(error)
        for part in answer.values():  # a body that nobody reads keeps its connection
            if callable(close := getattr(part, "close", None)):
                close()
        return int(answer["ResponseMetadata"]["HTTPStatusCode"]), "", ""
