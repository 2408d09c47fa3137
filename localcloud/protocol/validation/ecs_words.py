"""The words of ECS: the first violation, with its place, as InvalidParameterException."""

import json
import math
from collections.abc import Mapping

from botocore.validate import ParamValidator

from localcloud.errors import AwsError
from localcloud.protocol.validation.json_body import LAST_SECOND, WHOLE_NUMBERS
from localcloud.protocol.validation.shapes import Place, places


def check(shape: object, parameters: Mapping[str, object], code: str = "InvalidParameterException") -> None:
    """Check names, types and constraints of parameters as they were sent. Errors: AwsError."""
    try:
        violation = ParamValidator().validate(parameters, shape).generate_report()
    except RuntimeError as exc:  # a time that does not exist in any calendar
        violation = str(exc)
    if violation := violation or next(filter(None, map(_violation, places(shape, parameters))), ""):
        raise AwsError(code, violation)


def _violation(place: Place) -> str:
    """Return a violation that botocore leaves to the service; empty when there is none."""
    shape, value, path = place
    where = "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in path).removeprefix(".")
    match shape.type_name:
        case "string" if shape.enum and value not in shape.enum:
            return f"{where} should be one of {', '.join(shape.enum)}, got '{value[:100]}'."
        case "integer" | "long" as kind:
            limit = WHOLE_NUMBERS[kind]
            if isinstance(value, bool) or not -limit <= value < limit:
                return f"{where} should be a whole number from {-limit} to {limit - 1}, got {json.dumps(value)[:40]}."
        case "timestamp":
            seconds = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
            if not 0 <= seconds <= LAST_SECOND:
                return f"{where} should be a time in seconds since 1970, got {json.dumps(value)[:40]}."
    return ""
