"""Checks integrations, routes, stages and VPC links of HTTP APIs by what moto stores. Call in moto's thread.

Sources: API Gateway V2 API Reference. The words about route keys and integration ids are AWS's, the others are ours.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.existing import backend_of

HTTP = "HTTP"
ROUTE_KEY = re.compile(r"\$default|(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*")
STAGE = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
LOG_GROUP = re.compile(r"arn:aws[a-z-]*:(?:logs:[a-z0-9-]+:\d{12}:log-group:.+|firehose:.+)")
INTEGRATIONS = {"AWS_PROXY": ("1.0", "2.0"), "HTTP_PROXY": ("1.0",)}
"""Types of integration that an HTTP API has -> their payload versions."""


def check_integration(backend: Any, given: Mapping[str, Any]) -> None:
    """Errors: AwsError BadRequestException."""
    if not _is_http(backend, given["api_id"]):
        return
    kind, version = given.get("integration_type"), given.get("payload_format_version")
    if kind not in INTEGRATIONS:
        raise _bad(f"Invalid IntegrationType {kind}: an HTTP API has {' and '.join(INTEGRATIONS)}.")
    if kind == "HTTP_PROXY" and not given.get("integration_uri"):
        raise _bad("HTTP_PROXY integrations must specify an IntegrationUri.")
    if version is not None and version not in INTEGRATIONS[kind]:
        raise _bad(f"Invalid PayloadFormatVersion {version} for {kind}: {', '.join(INTEGRATIONS[kind])}.")
    link = given.get("connection_id")
    if given.get("connection_type") == "VPC_LINK" and link not in backend.vpc_links:
        raise _bad(f"Invalid vpc link identifier specified {link}")


def check_route(backend: Any, given: Mapping[str, Any]) -> None:
    """Errors: AwsError."""
    if not _is_http(backend, given["api_id"]):
        return
    key, target = given.get("route_key"), given.get("target") or ""
    if key is not None and not ROUTE_KEY.fullmatch(key):
        form = 'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        raise _bad(f"The provided route key is not formatted properly for HTTP protocol. {form}")
    integration = target.removeprefix("integrations/")
    if target and integration not in backend.apis[given["api_id"]].integrations:
        raise AwsError("NotFoundException", f"Invalid Integration identifier specified {integration}", 404)


def check_stage(backend: Any, given: Mapping[str, Any]) -> None:
    """Errors: AwsError. `given`: `api_id`, and `config` as the request has it."""
    config, api = given["config"], backend.get_api(given["api_id"])
    name = str(config.get("stageName"))
    if not STAGE.fullmatch(name):
        raise _bad("Stage name is invalid: 1 to 128 letters, digits, hyphens and underscores, or $default.")
    if name in api.stages:
        raise AwsError("ConflictException", f"Stage already exists: {name}", 409)
    check_stage_settings(config)


def check_stage_settings(config: Mapping[str, Any]) -> None:
    """Check what an update of a stage can change, too. Errors: AwsError BadRequestException."""
    destination = (config.get("accessLogSettings") or {}).get("destinationArn")
    if destination and not LOG_GROUP.fullmatch(destination):
        raise _bad(f"Invalid ARN of a log destination: {destination}")
    for settings in (config.get("defaultRouteSettings") or {}, *(config.get("routeSettings") or {}).values()):
        for limit in ("throttlingBurstLimit", "throttlingRateLimit"):
            if (settings.get(limit) or 0) < 0:
                raise _bad(f"{limit} must not be negative.")


def check_vpc_link(backend: Any, given: Mapping[str, Any]) -> None:
    """Check that a VPC link has subnets and security groups of one VPC. Errors: AwsError BadRequestException."""
    subnets, groups = given.get("subnet_ids") or [], given.get("sg_ids") or []
    if not subnets:
        raise _bad("A VPC link needs at least one subnet.")
    # Whoever names a subnet has read or created it: without EC2's records there is none.
    ec2 = backend_of("ec2", backend.account_id, backend.region_name)
    networks = (
        {each.id: each.vpc_id for each in (*ec2.describe_subnets(), *ec2.describe_security_groups())} if ec2 else {}
    )
    for what, named in (("subnet", subnets), ("security group", groups)):
        if unknown := [each for each in named if each not in networks]:
            raise _bad(f"The {what} ID '{unknown[0]}' does not exist")
    if len({networks[each] for each in (*subnets, *groups)}) > 1:
        raise _bad("The subnets and security groups of a VPC link must be in one VPC.")


CHECKS: Mapping[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "create_integration": check_integration,
    "create_route": check_route,
    "update_route": check_route,
    "create_vpc_link": check_vpc_link,
}
"""moto's methods, each with what is checked before it."""


def _is_http(backend: Any, api_id: str) -> bool:
    return api_id in backend.apis and backend.apis[api_id].protocol_type == HTTP


def _bad(words: str) -> AwsError:
    return AwsError("BadRequestException", words)
