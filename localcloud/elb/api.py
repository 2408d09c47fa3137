"""The ELBv2 wire: reading requests, writing query-protocol responses, and refusing what is unsupported here."""

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from localcloud.elb import tls
from localcloud.elb.checks.actions import check_actions
from localcloud.elb.checks.conditions import check_conditions
from localcloud.elb.model import TargetGroup, TargetType
from localcloud.elb.targets.places import OUTSIDE
from localcloud.elb.targets.states import TargetHealth
from localcloud.errors import AwsError
from localcloud.protocol.validation.form import parameters
from localcloud.protocol.wire import AwsResponse

VERSION = "2015-12-01"
"""The version of this API. The classic load balancer's API has the same signing name and another version."""
NAMESPACE = f"http://elasticloadbalancing.amazonaws.com/doc/{VERSION}/"
MAX_TARGETS_OF_REQUEST = 1000
GROUP_OF_ACTION = re.compile(r"(?:Default)?Actions\.member\..*TargetGroupArn")
MEMBER = re.compile(r"(.*)\.member\.(\d+)(?:\.(.+))?")


@dataclass(frozen=True, slots=True)
class TargetId:
    """A target as named in a request."""

    address: str
    port: int
    zone: str | None = None


def requested_attributes(form: Mapping[str, str]) -> dict[str, str]:
    """Return the request's `Attributes` as key -> value. Errors: AwsError ValidationError for a duplicate key."""
    members = [member for member in _members(form, "Attributes").values() if "Key" in member]
    requested = {member["Key"]: member.get("Value", "") for member in members}
    if len(requested) < len(members):
        raise AwsError("ValidationError", "Attribute keys must be specified only once")
    return requested


def includes_anomalies(form: Mapping[str, str]) -> bool:
    """Return whether DescribeTargetHealth should `Include` anomaly detection. Errors: AwsError for any other word."""
    words = [value for name, value in form.items() if name.startswith("Include.member.")]
    for word in words:
        if word not in ("AnomalyDetection", "All"):
            raise _invalid(f"'[{word}]'", "include", "Member must satisfy enum value set: [AnomalyDetection, All]")
    return bool(words)


def requested_targets(form: Mapping[str, str], group: TargetGroup, *, required: bool) -> list[TargetId]:
    """Return the targets of a request; the port defaults to the group's. Errors: AwsError, as AWS validates."""
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
    """Return a required parameter. Errors: AwsError ValidationError when it is missing or empty."""
    value = form.get(name)
    if not value:
        raise _invalid("null", name[0].lower() + name[1:], "Member must not be null")
    return value


def target_group_not_found() -> AwsError:
    return AwsError("TargetGroupNotFound", "One or more target groups not found")


def groups_of_actions(form: Mapping[str, str]) -> list[str]:
    """Return the target groups that the actions of a request forward to."""
    return list(dict.fromkeys(value for name, value in form.items() if GROUP_OF_ACTION.fullmatch(name)))


def check_supported(form: Mapping[str, str], listener_protocol: str, *, is_https: bool) -> None:
    """Refuse what AWS would refuse and moto accepts, or what nothing here implements. Errors: AwsError.

    `listener_protocol`: the protocol that the listener will have; `is_https`: whether the listener exists and has
    certificates.
    """
    operation = form.get("Action")
    if operation in ("CreateListener", "ModifyListener", "AddListenerCertificates"):
        _check_listener(form, listener_protocol, is_https=is_https)
    given = parameters(form)
    if operation == "CreateRule" or given.get("Conditions"):
        check_conditions(given.get("Conditions") or [])
    actions = given.get("DefaultActions") or given.get("Actions")
    if operation in ("CreateListener", "CreateRule") or actions:
        check_actions(actions or [], listener_protocol)
    if given.get("Transforms"):
        raise AwsError("InvalidConfigurationRequest", "Transforms: the local cloud does not rewrite requests")


def _check_listener(form: Mapping[str, str], protocol: str, *, is_https: bool) -> None:
    if protocol not in ("HTTP", "HTTPS"):
        # Every balancer here is an Application Load Balancer. AWS's wording comes from hashicorp/terraform#18126.
        raise AwsError("ValidationError", f"Listener protocol '{protocol}' must be one of 'HTTP, HTTPS'")
    policy = form.get("SslPolicy")
    if policy is not None and not tls.is_policy(policy):
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    named = any(name.startswith("Certificates.member.") for name in form)
    if protocol == "HTTPS" and not is_https and not named:
        raise AwsError("ValidationError", "A certificate must be specified for HTTPS listeners")
    if protocol == "HTTP" and (named or policy):
        raise AwsError("ValidationError", "You cannot specify a certificate or SSL policy for HTTP listeners")
    if any(name.startswith("AlpnPolicy.member.") for name in form):
        raise AwsError("ValidationError", "ALPN policies are for TLS listeners, which only Network Load Balancers have")
    if form.get("MutualAuthentication.Mode", "off") != "off":
        raise AwsError("InvalidConfigurationRequest", "MutualAuthentication: the local cloud does not support it")


def empty_result(operation: str) -> AwsResponse:
    """Return the response of an operation that has no result."""
    return _response(operation, ElementTree.Element(f"{operation}Result"))


def target_health_result(
    group: TargetGroup, described: Iterable[tuple[TargetId, TargetHealth]], *, anomalies: bool
) -> AwsResponse:
    result = ElementTree.Element("DescribeTargetHealthResult")
    members = ElementTree.SubElement(result, "TargetHealthDescriptions")
    for target, health in described:
        member = ElementTree.SubElement(members, "member")
        _text(member, "HealthCheckPort", str(group.check.port_of(target.port)))
        named = ElementTree.SubElement(member, "Target")
        _text(named, "Id", target.address)
        _text(named, "Port", str(target.port))
        _text(named, "AvailabilityZone", target.zone or OUTSIDE)
        shown = ElementTree.SubElement(member, "TargetHealth")
        _text(shown, "State", health.state.value)
        if health.reason:
            _text(shown, "Reason", health.reason)
            _text(shown, "Description", health.description)
        if anomalies:
            detected = ElementTree.SubElement(member, "AnomalyDetection")
            _text(detected, "Result", "normal")
            _text(detected, "MitigationInEffect", "no")
    return _response("DescribeTargetHealth", result)


def _members(form: Mapping[str, str], parameter: str) -> dict[int, dict[str, str]]:
    """Return a list of structures in the query protocol as number -> field -> value."""
    members: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        match = MEMBER.fullmatch(name)
        if match and match[1] == parameter and match[3]:
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
    return TargetId(address, int(text), member.get("AvailabilityZone"))


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
