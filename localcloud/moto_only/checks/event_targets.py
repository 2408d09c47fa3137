"""EventBridge's rules of targets' inputs and of entries, in its words; moto stores whatever it gets. Pure.

Sources: EventBridge API Reference, and the words that LocalStack recorded from AWS (2024, 2025); those about paths and
templates are ours.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError

MOST_TARGETS = 5
"""The most targets of a rule."""
MOST_BYTES, BYTES_OF_TIME = 262_144, 14
"""Limit of PutEvents' entries together, and what a time adds."""
INPUTS = ("Input", "InputPath", "InputTransformer")
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
OF_EVENTBRIDGE = (
    *("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time"),
    *("aws.events.event", "aws.events.event.json"),
)
"""Placeholders that EventBridge fills itself."""
PATH = re.compile(r"""\$(\.{1,2}[\w*-]+|\[(\d+|\*|'[^']+'|"[^"]+")\])*""")
ARN = re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+")
PART = re.compile(r'"(?:[^"\\]|\\.)*"|<[A-Za-z0-9_.-]+>')


def check_targets(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Check the parameters of an operation, which fit the model. Errors: AwsError ValidationException."""
    if operation == "PutTargets":
        for target in parameters.get("Targets") or []:
            _check_target(str(target["Id"]), target)


def check_size(entries: Sequence[Mapping[str, Any]]) -> None:
    """Check the bytes of PutEvents' entries together. Errors: AwsError ValidationException."""
    length = 0
    for entry in entries:
        texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + (entry.get("Resources") or [])
        length += sum(len(str(text).encode(errors="surrogatepass")) for text in texts)
        length += BYTES_OF_TIME if entry.get("Time") else 0
    if length > MOST_BYTES:
        raise _invalid("Total size of the entries in the request is over the limit.")


def check_number(present: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> None:
    """Check how many targets a rule will have. Errors: AwsError LimitExceededException."""
    if len({target["Id"] for target in (*present, *new)}) > MOST_TARGETS:
        raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def _check_target(name: str, target: Mapping[str, Any]) -> None:
    if sum(target.get(each) is not None for each in INPUTS) > 1:
        raise _invalid(f"Only one of {', '.join(INPUTS[:2])}, or {INPUTS[2]} must be provided for target {name}.")
    if (text := target.get("Input")) is not None:
        try:
            json.loads(text)
        except ValueError as error:
            raise _invalid(f"JSON syntax error in input for target {name}: {error}") from error
    if (path := target.get("InputPath")) is not None and not PATH.fullmatch(path):
        raise _invalid(f"InputPath for target {name} is invalid: {path}")
    if (transformer := target.get("InputTransformer")) is not None:
        _check_transformer(name, transformer)
    letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if letters is not None and not ARN.fullmatch(letters):
        raise _invalid(f"Parameter {letters} is not valid. Reason: Provided Arn is not in correct format.")


def _check_transformer(name: str, transformer: Mapping[str, Any]) -> None:
    paths, template = transformer.get("InputPathsMap") or {}, str(transformer["InputTemplate"])
    for key, path in paths.items():
        if not PATH.fullmatch(path):
            raise _invalid(f"InputPath {key} for target {name} is invalid: {path}")
    for key in PLACEHOLDER.findall(template):
        if key not in paths and key not in OF_EVENTBRIDGE:
            raise _invalid(f"InputTemplate for target {name} contains invalid placeholder {key}.")
    if template.lstrip().startswith("{"):
        # A placeholder that is no part of a text stands for any value, but not for a key.
        example = PART.sub(lambda part: part[0] if part[0].startswith('"') else "null", template)
        try:
            json.loads(example)
        except ValueError as error:
            raise _invalid(f"Invalid InputTemplate for target {name}: {error}") from error


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
