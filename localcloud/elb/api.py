"""The ELBv2 wire: what requests ask for, the answers in the query protocol, and what cannot be had here."""

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from localcloud.elb.model import TargetGroup, TargetType
from localcloud.elb.rules import redirect_fault
from localcloud.elb.targets import TargetHealth
from localcloud.errors import AwsError
from localcloud.wire import AwsResponse

VERSION = "2015-12-01"
"""Of the API; the classic load balancer's has the same signing name and another version."""
NAMESPACE = f"http://elasticloadbalancing.amazonaws.com/doc/{VERSION}/"
MAX_TARGETS_OF_REQUEST = 1000
MEMBER = re.compile(r"(.*)\.member\.(\d+)(?:\.(.+))?")


@dataclass(frozen=True, slots=True)
class TargetId:
    """A target as a request names it."""

    address: str
    port: int


def wanted_targets(form: Mapping[str, str], group: TargetGroup, *, required: bool) -> list[TargetId]:
    """The targets of a request; without a port the group's is meant. Errors: AwsError, as AWS validates."""
    members: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        match = MEMBER.fullmatch(name)
        if match and match[1] == "Targets" and match[3]:
            members.setdefault(int(match[2]), {})[match[3]] = value
    if required and not members:
        raise _invalid("null", "targets", "Member must not be null")
    if len(members) > MAX_TARGETS_OF_REQUEST:
        raise AwsError("TooManyTargets", f"You can name {MAX_TARGETS_OF_REQUEST} targets in one request")
    if group.target_type is not TargetType.IP and members:
        raise AwsError(
            "InvalidTarget",
            f"The local cloud has no targets of type '{group.target_type.value}'; "
            "create the target group with target type 'ip' and register addresses",
        )
    return [_target(number, member, group.port) for number, member in sorted(members.items())]


def required(form: Mapping[str, str], name: str) -> str:
    """A parameter that must be there."""
    value = form.get(name)
    if not value:
        raise _invalid("null", name[0].lower() + name[1:], "Member must not be null")
    return value


def target_group_not_found() -> AwsError:
    return AwsError("TargetGroupNotFound", "One or more target groups not found")


def refuse_what_cannot_be_had(form: Mapping[str, str]) -> None:
    """Say no to settings that moto would store and nothing would bring about. Errors: AwsError."""
    if form.get("Action") in ("CreateListener", "ModifyListener") and form.get("Protocol", "HTTP") != "HTTP":
        raise AwsError(
            "UnsupportedProtocol", f"Protocol {form['Protocol']}: the local cloud's listeners speak HTTP only"
        )
    if form.get("Action") == "CreateTargetGroup" and form.get("Protocol", "HTTP") != "HTTP":
        raise AwsError("InvalidConfigurationRequest", "Protocol: the local cloud reaches targets by HTTP only")
    for name, value in form.items():
        if name.endswith(".Type") and "Actions." in name and value.startswith("authenticate-"):
            raise AwsError("InvalidLoadBalancerAction", f"The action '{value}' is not available in the local cloud")
        if name.endswith(".RedirectConfig.StatusCode"):
            _refuse_redirect(form, name.removesuffix("StatusCode"))


def _refuse_redirect(form: Mapping[str, str], prefix: str) -> None:
    parts = {name: form.get(prefix + name, "") for name in ("Protocol", "Host", "Port", "Path", "Query")}
    fault = redirect_fault(parts["Protocol"], parts["Host"], parts["Port"], parts["Path"], parts["Query"])
    if fault:
        raise AwsError(
            "InvalidLoadBalancerAction",
            f"Redirect {fault}: the local cloud can keep protocol, host, port and query as they are or replace them "
            "whole, and put #{path} into the path; other templates it cannot follow",
        )


def empty_result(operation: str) -> AwsResponse:
    """The answer of a call that returns nothing."""
    return _response(operation, ElementTree.Element(f"{operation}Result"))


def target_health_result(group: TargetGroup, described: Iterable[tuple[TargetId, TargetHealth]]) -> AwsResponse:
    """The answer of DescribeTargetHealth."""
    result = ElementTree.Element("DescribeTargetHealthResult")
    members = ElementTree.SubElement(result, "TargetHealthDescriptions")
    for target, health in described:
        member = ElementTree.SubElement(members, "member")
        _text(member, "HealthCheckPort", str(group.check.port_of(target.port)))
        named = ElementTree.SubElement(member, "Target")
        _text(named, "Id", target.address)
        _text(named, "Port", str(target.port))
        told = ElementTree.SubElement(member, "TargetHealth")
        _text(told, "State", health.state.value)
        if health.reason:
            _text(told, "Reason", health.reason)
            _text(told, "Description", health.description)
    return _response("DescribeTargetHealth", result)


def _target(number: int, member: Mapping[str, str], default_port: int) -> TargetId:
    address = member.get("Id", "")
    if not address:
        raise _invalid("null", f"targets.{number}.member.id", "Member must not be null")
    try:
        ipaddress.IPv4Address(address)
    except ValueError as error:
        raise AwsError("ValidationError", f"The IP address '{address}' is not a valid IPv4 address") from error
    text = member.get("Port", str(default_port))
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        rule = "less than or equal to 65535" if text.isdigit() and int(text) else "greater than or equal to 1"
        raise _invalid(f"'{text}'", f"targets.{number}.member.port", f"Member must have value {rule}")
    return TargetId(address, int(text))


def _invalid(value: str, where: str, constraint: str) -> AwsError:
    return AwsError(
        "ValidationError",
        f"1 validation error detected: Value {value} at '{where}' failed to satisfy constraint: {constraint}",
    )


def _response(operation: str, result: ElementTree.Element) -> AwsResponse:
    root = ElementTree.Element(f"{operation}Response", xmlns=NAMESPACE)
    root.append(result)
    metadata = ElementTree.SubElement(root, "ResponseMetadata")
    request_id = str(uuid.uuid4())
    _text(metadata, "RequestId", request_id)
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return AwsResponse(200, headers, ElementTree.tostring(root))


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
