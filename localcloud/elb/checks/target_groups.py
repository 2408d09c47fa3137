"""Checks of target groups: names, protocols, health checks. moto accepts what they refuse (aws-facts 2). Pure."""

import re
from collections.abc import Mapping

from localcloud.elb.checks.names import check_name
from localcloud.errors import AwsError

HTTP1 = "HTTP1"
PROTOCOLS = ("HTTP", "HTTPS")
CODES = (200, 499)
CODE_OR_RANGE = re.compile(r"([0-9]{3})(?:-([0-9]{3}))?")
PATH = re.compile(r"/[!-~]{0,1023}")
TRAFFIC_PORT = "traffic-port"
MAX_PORT = 65_535


def check_target_group(operation: str, form: Mapping[str, str]) -> None:
    """Check CreateTargetGroup or ModifyTargetGroup. Errors: AwsError."""
    is_new = operation == "CreateTargetGroup"
    if is_new:
        check_name("Target group", form.get("Name", ""))
    protocol = form.get("Protocol", "HTTP")
    if is_new and protocol not in PROTOCOLS:
        raise _not_here(f"Protocol '{protocol}': the local cloud reaches targets by HTTP and HTTPS")
    if form.get("ProtocolVersion", HTTP1) not in ("", HTTP1):
        raise _not_here("ProtocolVersion: the local cloud reaches targets by HTTP1 only")
    if form.get("IpAddressType", "ipv4") != "ipv4":
        raise _not_here("IpAddressType: the local cloud's targets have ipv4 addresses")
    if form.get("HealthCheckProtocol", "HTTP") not in PROTOCOLS:
        check = form["HealthCheckProtocol"]
        raise _invalid(f"Health check protocol '{check}' is not supported with protocol '{protocol}'")
    if form.get("TargetType", "instance") != "lambda" and form.get("HealthCheckEnabled") == "false":
        raise _invalid("Health checks must be enabled for target groups with the protocol 'HTTP'")
    port = form.get("HealthCheckPort", TRAFFIC_PORT)
    if port != TRAFFIC_PORT and not (re.fullmatch("[0-9]{1,5}", port) and 1 <= int(port) <= MAX_PORT):
        raise _invalid(f"Health check port '{port}' must be '{TRAFFIC_PORT}' or between 1 and {MAX_PORT}")
    if is_new:
        check_times(form.get("HealthCheckTimeoutSeconds", "5"), form.get("HealthCheckIntervalSeconds", "30"))
    if not PATH.fullmatch(form.get("HealthCheckPath", "/")):
        raise _invalid(f"Health check path '{form['HealthCheckPath'][:80]}' must begin with '/' and hold no spaces")
    if form.get("Matcher.GrpcCode"):
        raise _invalid("You cannot specify GrpcCode for target groups with the protocol version 'HTTP1'")
    _check_codes(form.get("Matcher.HttpCode", "200"))


def check_times(timeout_s: str, interval_s: str) -> None:
    """Refuse a timeout that is not below the interval; both are whole numbers, with the requested changes applied.
    Errors: AwsError ValidationError.
    """
    if int(timeout_s) >= int(interval_s):
        raise _invalid(f"Health check timeout '{timeout_s}' must be smaller than the interval '{interval_s}'")


def _check_codes(codes: str) -> None:
    for part in codes.split(","):
        found = CODE_OR_RANGE.fullmatch(part.strip())
        bounds = [int(code) for code in found.groups() if code] if found else []
        if not bounds or bounds != sorted(bounds) or not all(CODES[0] <= code <= CODES[1] for code in bounds):
            raise _invalid(f"Health check matcher HTTP code '{codes}' must be within '{CODES[0]}-{CODES[1]}' inclusive")


def _not_here(message: str) -> AwsError:
    return AwsError("InvalidConfigurationRequest", message)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
