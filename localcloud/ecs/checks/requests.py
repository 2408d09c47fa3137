"""Checks every ECS request against botocore's service model: shapes, types, enumerations, numbers."""

import json
import math
import re

from botocore.model import Shape
from botocore.validate import ParamValidator

from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError
from localcloud.protocol.request_json import LAST_SECOND, WHOLE_NUMBERS
from localcloud.protocol.request_model import Place, places

OWN_ARN = re.compile(r"arn:aws[a-z-]*:ecs:(?P<region>[^:]*):")


def read_parameters(body: bytes, shape: Shape | None) -> Wire:
    """Return the parameters of a request whose operation takes `shape`. Errors: AwsError."""
    try:
        parameters = json.loads(body or b"{}")
    except (ValueError, RecursionError) as exc:
        raise AwsError("SerializationException", f"The request is not JSON: {exc}") from exc
    if not isinstance(parameters, dict):
        raise AwsError("SerializationException", "The request is not a JSON object.")
    try:
        objection = ParamValidator().validate(parameters, shape).generate_report()
    except RuntimeError as exc:  # a time that does not exist in any calendar
        objection = str(exc)
    objection = objection or next(filter(None, map(_objection, places(shape, parameters))), "")
    if objection:
        raise AwsError("InvalidParameterException", objection)
    return parameters


def refuse_other_regions(parameters: Wire, region: str) -> None:
    """Refuse ECS ARNs that name another region. Errors: AwsError InvalidParameterException."""
    for value in parameters.values():
        for reference in value if isinstance(value, list) else [value]:
            found = OWN_ARN.match(reference) if isinstance(reference, str) else None
            if found is not None and found["region"] != region:
                raise AwsError("InvalidParameterException", "Invalid Region in ARN")


def _objection(place: Place) -> str:
    """Return an objection that botocore leaves to the service; empty when there is none."""
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
