"""Refusals of ELBv2 for load balancer and target group settings that moto accepts (aws-facts 2). Pure."""

import re
from collections.abc import Mapping

from localcloud.errors import AwsError

HTTP1 = "HTTP1"
PROTOCOLS = ("HTTP", "HTTPS")
CODES = (200, 499)
CODE_OR_RANGE = re.compile(r"([0-9]{3})(?:-([0-9]{3}))?")
PATH = re.compile(r"/[!-~]{0,1023}")
TRAFFIC_PORT = "traffic-port"
MAX_PORT = 65_535
LONGEST_NAME = 32
NAMED = {"CreateTargetGroup": "Target group", "CreateLoadBalancer": "Load balancer"}
SUBNET = re.compile(r"Subnets\.member\.\d+|SubnetMappings\.member\.\d+\.SubnetId")
MIN_SUBNETS = 2


def refuse_wrong_settings(form: Mapping[str, str]) -> None:
    """Refuse settings that AWS rejects. Errors: AwsError ValidationError."""
    operation = form.get("Action")
    if operation in ("CreateTargetGroup", "ModifyTargetGroup"):
        _refuse_group(form)
    if operation in NAMED:
        _refuse_name(NAMED[operation], form.get("Name", ""))
    if operation == "CreateLoadBalancer":
        if form.get("Type", "application") != "application":
            raise _not_here(f"Type '{form['Type']}': the local cloud has application load balancers only")
        if len({form[name] for name in form if SUBNET.fullmatch(name)}) < MIN_SUBNETS:
            raise _invalid("At least two subnets in two different Availability Zones must be specified")


def _refuse_name(kind: str, name: str) -> None:
    """Refuse a bad name, in AWS's words according to hashicorp/terraform#11699 and moto's tests."""
    if len(name) > LONGEST_NAME:
        raise _invalid(f"{kind} name '{name}' cannot be longer than '{LONGEST_NAME}' characters")
    if not re.fullmatch("[A-Za-z0-9-]+", name):
        raise _invalid(
            f"{kind} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise _invalid(f"{kind} name '{name}' cannot begin or end with '-'")
    if kind == NAMED["CreateLoadBalancer"] and name.startswith("internal-"):
        raise _invalid(f"{kind} name '{name}' cannot begin with 'internal-'")


def _refuse_group(form: Mapping[str, str]) -> None:
    is_new = form["Action"] == "CreateTargetGroup"
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
        refuse_slow_checks(form.get("HealthCheckTimeoutSeconds", "5"), form.get("HealthCheckIntervalSeconds", "30"))
    if not PATH.fullmatch(form.get("HealthCheckPath", "/")):
        raise _invalid(f"Health check path '{form['HealthCheckPath'][:80]}' must begin with '/' and hold no spaces")
    if form.get("Matcher.GrpcCode"):
        raise _invalid("You cannot specify GrpcCode for target groups with the protocol version 'HTTP1'")
    _refuse_codes(form.get("Matcher.HttpCode", "200"))


def refuse_slow_checks(timeout_s: str, interval_s: str) -> None:
    """Refuse a timeout that is not below the interval; both are whole numbers, with the requested changes applied.
    Errors: AwsError ValidationError.
    """
    if int(timeout_s) >= int(interval_s):
        raise _invalid(f"Health check timeout '{timeout_s}' must be smaller than the interval '{interval_s}'")


def _refuse_codes(codes: str) -> None:
    for part in codes.split(","):
        found = CODE_OR_RANGE.fullmatch(part.strip())
        bounds = [int(code) for code in found.groups() if code] if found else []
        if not bounds or bounds != sorted(bounds) or not all(CODES[0] <= code <= CODES[1] for code in bounds):
            raise _invalid(f"Health check matcher HTTP code '{codes}' must be within '{CODES[0]}-{CODES[1]}' inclusive")


def _not_here(message: str) -> AwsError:
    return AwsError("InvalidConfigurationRequest", message)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
