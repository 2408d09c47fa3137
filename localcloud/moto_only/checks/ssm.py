"""Parameter Store's rules of names, values and types, which the model lacks and moto does not know. Pure."""

import re

from localcloud.errors import AwsError

LEVELS = 15
LONGEST = 1011
PART = re.compile(r"[a-zA-Z0-9_.-]+")
IMAGE = "aws:ec2:image"
WRONG_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 "
    "symbols .-_"
)


def check_name(name: str) -> None:
    """Check the name of a parameter that is created. Errors: AwsError."""
    if "/" in name and not name.startswith("/"):
        raise AwsError("ValidationException", "Parameter name must be a fully qualified name.")
    parts = name.removeprefix("/").split("/")
    if not all(PART.fullmatch(part) for part in parts):
        raise AwsError("ValidationException", WRONG_NAME)
    if len(parts) > LEVELS:
        raise AwsError("HierarchyLevelLimitExceededException", f"A hierarchy can have a maximum of {LEVELS} levels.")
    if len(name) > LONGEST:
        raise AwsError("ValidationException", f"Parameter name: can't be longer than {LONGEST} characters.")


def check_pattern(value: str, pattern: str | None) -> None:
    """Check a value against its AllowedPattern. Errors: AwsError."""
    if not pattern:
        return
    try:
        fits = re.fullmatch(pattern, value)
    except re.error as error:
        raise AwsError(
            "InvalidAllowedPatternException", f"The allowed pattern is not a valid regular expression: {error}"
        ) from error
    if not fits:
        raise AwsError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


def check_data_type(data_type: str, kind: str) -> None:
    """Check that only a String names an image. Errors: AwsError."""
    if data_type == IMAGE and kind not in ("String", ""):
        raise AwsError("ValidationException", f"The data type {IMAGE} is for parameters of type String, not {kind}.")
