"""What ELBv2 refuses in the settings of load balancers and target groups, which moto takes (facts 2). Pure."""

import re
from collections.abc import Mapping

from localcloud.errors import AwsError

RANGES = {
    "HealthCheckIntervalSeconds": (5, 300),
    "HealthCheckTimeoutSeconds": (2, 120),
    "HealthyThresholdCount": (2, 10),
    "UnhealthyThresholdCount": (2, 10),
    "Port": (1, 65_535),
}
CODES = (200, 499)
CODE_OR_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?")
MAX_PATH = 1024
NAME = re.compile(r"(?!-)(?!internal-)[A-Za-z0-9-]{1,32}(?<!-)")
MIN_SUBNETS = 2


def refuse_wrong_settings(form: Mapping[str, str]) -> None:
    """Errors: AwsError ValidationError."""
    operation = form.get("Action")
    if operation in ("CreateTargetGroup", "ModifyTargetGroup"):
        _refuse_group(form)
    if operation in ("CreateTargetGroup", "CreateLoadBalancer") and not NAME.fullmatch(form.get("Name", "")):
        raise _invalid(
            f"Name '{form.get('Name', '')}' must be 1 to 32 letters, digits and hyphens, "
            "and begin and end with a letter or a digit"
        )
    if operation == "CreateLoadBalancer":
        subnets = [name for name in form if re.fullmatch(r"Subnets\.member\.\d+|SubnetMappings\.member\.\d+\..*", name)]
        if len(subnets) < MIN_SUBNETS and form.get("Type", "application") == "application":
            raise _invalid("At least two subnets in two different Availability Zones must be specified")


def _refuse_group(form: Mapping[str, str]) -> None:
    for name, (low, high) in RANGES.items():
        text = form.get(name, "")
        if text and not (text.isdigit() and low <= int(text) <= high):
            raise _invalid(f"{name} '{text}' must be between {low} and {high}")
    interval, timeout = form.get("HealthCheckIntervalSeconds"), form.get("HealthCheckTimeoutSeconds")
    if interval and timeout and int(timeout) >= int(interval):
        raise _invalid(f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'")
    path = form.get("HealthCheckPath", "/")
    if not path.startswith("/") or len(path) > MAX_PATH:
        raise _invalid(f"Health check path '{path[:80]}' must begin with '/' and have at most {MAX_PATH} characters")
    codes = form.get("Matcher.HttpCode", "200")
    for part in codes.split(","):
        found = CODE_OR_RANGE.fullmatch(part.strip())
        if found is None or not all(CODES[0] <= int(code) <= CODES[1] for code in found.groups() if code):
            raise _invalid(f"Health check matcher HTTP code '{codes}' must be within '{CODES[0]}-{CODES[1]}' inclusive")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
