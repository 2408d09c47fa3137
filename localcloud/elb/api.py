"""The ELBv2 wire: what requests ask for, the answers in the query protocol, and what cannot be had here."""

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from localcloud.elb import tls
from localcloud.elb.model import TargetGroup, TargetType
from localcloud.elb.targets import TargetHealth
from localcloud.errors import AwsError
from localcloud.wire import AwsResponse

HTTP1 = "HTTP1"
VERSION = "2015-12-01"
"""Of the API; the classic load balancer's has the same signing name and another version."""
NAMESPACE = f"http://elasticloadbalancing.amazonaws.com/doc/{VERSION}/"
MAX_TARGETS_OF_REQUEST = 1000
OUTSIDE = "all"
"""AWS's zone of addresses outside the VPC, which loopback addresses are."""
MEMBER = re.compile(r"(.*)\.member\.(\d+)(?:\.(.+))?")


@dataclass(frozen=True, slots=True)
class TargetId:
    """A target as a request names it."""

    address: str
    port: int
    zone: str = OUTSIDE


def wanted_attributes(form: Mapping[str, str]) -> dict[str, str]:
    """Key -> value of the request's `Attributes`."""
    members = _members(form, "Attributes").values()
    return {member["Key"]: member.get("Value", "") for member in members if "Key" in member}


def asks_for_anomalies(form: Mapping[str, str]) -> bool:
    """Whether DescribeTargetHealth is to `Include` anomaly detection. Errors: AwsError for another word."""
    words = [value for name, value in form.items() if name.startswith("Include.member.")]
    for word in words:
        if word not in ("AnomalyDetection", "All"):
            raise _invalid(f"'[{word}]'", "include", "Member must satisfy enum value set: [AnomalyDetection, All]")
    return bool(words)


def wanted_targets(form: Mapping[str, str], group: TargetGroup, *, required: bool) -> list[TargetId]:
    """The targets of a request; without a port the group's is meant. Errors: AwsError, as AWS validates."""
    members = _members(form, "Targets")
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


def refuse_what_cannot_be_had(form: Mapping[str, str], listener_protocol: str) -> None:
    """Say no to what AWS would refuse and moto does not, or what nothing here would bring about. Errors: AwsError."""
    if form.get("Action") in ("CreateListener", "ModifyListener"):
        _refuse_listener(form, listener_protocol)
    if form.get("Action") == "CreateTargetGroup" and form.get("Protocol", "HTTP") != "HTTP":
        raise AwsError("InvalidConfigurationRequest", "Protocol: the local cloud reaches targets by HTTP only")
    if form.get("Action") == "CreateTargetGroup" and form.get("ProtocolVersion", HTTP1) not in ("", HTTP1):
        raise AwsError("InvalidConfigurationRequest", "ProtocolVersion: the local cloud reaches targets by HTTP1 only")
    for name, value in form.items():
        if name.endswith(".Type") and "Actions." in name and value.startswith("authenticate-"):
            raise AwsError("InvalidLoadBalancerAction", f"The action '{value}' is not available in the local cloud")
        if name.endswith(".TargetGroupStickinessConfig.Enabled") and value == "true":
            raise AwsError(
                "InvalidLoadBalancerAction",
                "TargetGroupStickinessConfig: the local cloud has no stickiness between target groups; "
                "turn it off, or use the target groups' own (stickiness.enabled)",
            )
        if name.endswith(".RedirectConfig.StatusCode"):
            _refuse_redirect(form, name.removesuffix("StatusCode"), listener_protocol)


def _refuse_listener(form: Mapping[str, str], protocol: str) -> None:
    if protocol not in ("HTTP", "HTTPS"):
        raise AwsError("UnsupportedProtocol", f"Protocol {protocol}: the local cloud's listeners speak HTTP and HTTPS")
    policy = form.get("SslPolicy")
    if policy is not None and not tls.is_policy(policy):
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    named = any(name.startswith("Certificates.member.") for name in form)
    if form.get("Protocol") == "HTTPS" and form["Action"] == "CreateListener" and not named:
        raise AwsError("ValidationError", "A certificate must be specified for HTTPS listeners")
    if protocol == "HTTP" and (named or policy):
        raise AwsError("ValidationError", "You cannot specify a certificate or SSL policy for HTTP listeners")


def _refuse_redirect(form: Mapping[str, str], prefix: str, listener_protocol: str) -> None:
    protocol, path = form.get(prefix + "Protocol", "#{protocol}"), form.get(prefix + "Path", "/#{path}")
    if protocol not in ("HTTP", "HTTPS", "#{protocol}"):
        raise AwsError(
            "InvalidLoadBalancerAction", f"The redirect protocol '{protocol}' must be HTTP, HTTPS, #{{protocol}}"
        )
    if listener_protocol == "HTTPS" and protocol == "HTTP":
        raise AwsError("InvalidLoadBalancerAction", "You cannot redirect HTTPS to HTTP")
    if not path.startswith("/"):
        raise AwsError("InvalidLoadBalancerAction", f"The redirect path '{path}' must start with a '/'")
    kept = (protocol, form.get(prefix + "Host", "#{host}"), form.get(prefix + "Port", "#{port}"), path)
    if kept == ("#{protocol}", "#{host}", "#{port}", "/#{path}"):
        raise AwsError(
            "InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop."
        )


def empty_result(operation: str) -> AwsResponse:
    """The answer of a call that returns nothing."""
    return _response(operation, ElementTree.Element(f"{operation}Result"))


def target_health_result(
    group: TargetGroup, described: Iterable[tuple[TargetId, TargetHealth]], *, anomalies: bool
) -> AwsResponse:
    """The answer of DescribeTargetHealth."""
    result = ElementTree.Element("DescribeTargetHealthResult")
    members = ElementTree.SubElement(result, "TargetHealthDescriptions")
    for target, health in described:
        member = ElementTree.SubElement(members, "member")
        _text(member, "HealthCheckPort", str(group.check.port_of(target.port)))
        named = ElementTree.SubElement(member, "Target")
        _text(named, "Id", target.address)
        _text(named, "Port", str(target.port))
        _text(named, "AvailabilityZone", target.zone)
        told = ElementTree.SubElement(member, "TargetHealth")
        _text(told, "State", health.state.value)
        if health.reason:
            _text(told, "Reason", health.reason)
            _text(told, "Description", health.description)
        if anomalies:
            detected = ElementTree.SubElement(member, "AnomalyDetection")
            _text(detected, "Result", "normal")
            _text(detected, "MitigationInEffect", "no")
    return _response("DescribeTargetHealth", result)


def _members(form: Mapping[str, str], wanted: str) -> dict[int, dict[str, str]]:
    """A list of structures as the query protocol writes it: number -> field -> value."""
    members: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        match = MEMBER.fullmatch(name)
        if match and match[1] == wanted and match[3]:
            members.setdefault(int(match[2]), {})[match[3]] = value
    return members


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
    return TargetId(address, int(text), member.get("AvailabilityZone", OUTSIDE))


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
