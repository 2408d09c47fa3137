"""Request parameters of an HTTP API's integration: what API Gateway accepts, and what is supported here. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from localcloud.errors import AwsError

KEY = re.compile(r"(?:(append|overwrite|remove):(header|querystring)\.(.+)|(overwrite):path)")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# The Developer Guide's list of reserved headers; a `*` there matches any suffix.
RESERVED = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded"
    r"|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*"
    r"|x-amzn-.*|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via"
)
VARIABLE = (
    r"(?:request\.(?:header|querystring|path)\.[^{}$]+|request\.path|request\.body(?:\.[^{}$]+)?|context\.[\w.]+"
    r"|stageVariables\.\w+)"
)
WHOLE = re.compile(rf"\$({VARIABLE})")
EMBEDDED = re.compile(rf"\$\{{({VARIABLE})\}}")
CONTEXT = {
    "context.identity.sourceIp": "source_ip",
    "context.identity.userAgent": "user_agent",
    "context.httpMethod": "method",
    "context.path": "path",
    "context.protocol": "protocol",
    "context.domainName": "host",
    "context.routeKey": "route_key",
    "context.apiId": "api_id",
    "context.stage": "stage",
}
"""Context variables that the gateway's filter supports -> the filter's names."""


class Action(StrEnum):
    APPEND = "append"
    OVERWRITE = "overwrite"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Part of a value: literal `text`, or a `source` in the request; for a header, its `name`."""

    text: str = ""
    source: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class HeaderChange:
    """`name` in lower case; `value` is the concatenation of its parts."""

    action: Action
    name: str
    value: tuple[Part, ...]


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Errors: BadRequestException for what API Gateway refuses."""
    wrong = [message for key, value in parameters.items() if (message := _refusal(key, value))]
    if wrong:
        found = f"Validation Result: warnings : [], errors : [{', '.join(wrong)}]"
        raise AwsError("BadRequestException", f"Invalid mapping expression specified: {found}")


def header_changes(parameters: Mapping[str, str]) -> tuple[HeaderChange, ...]:
    """Convert mappings. Errors: InvalidAction (501) for one that only API Gateway supports, not the local gateway."""
    return tuple(_header_change(key, value) for key, value in parameters.items() if value or key.startswith("remove:"))


def _refusal(key: str, value: str) -> str | None:
    matched = KEY.fullmatch(key)
    if matched is None or (matched[2] == "header" and not HEADER_NAME.fullmatch(matched[3])):
        return f"Invalid Request Actioned Parameter: {key}"
    if matched[2] == "header" and RESERVED.fullmatch(matched[3].lower()):
        return f"Operations on header {matched[3].lower()} are restricted"
    if matched[1] == Action.REMOVE:
        return None if value in ("", "''") else f"Invalid mapping expression specified: {value}"
    is_known = WHOLE.fullmatch(value) if re.match(r"\$[^{]", value) else "$" not in EMBEDDED.sub("", value)
    return None if is_known else f"Invalid mapping expression specified: {value}"


def _header_change(key: str, value: str) -> HeaderChange:
    matched = KEY.fullmatch(key)
    if matched is None or matched[2] != "header":
        raise _not_offered(key)
    whole = WHOLE.fullmatch(value)
    if matched[1] == Action.REMOVE:
        parts = []
    elif whole:
        parts = [_variable(whole[1])]
    else:
        pieces = EMBEDDED.split(value)  # Text and variables alternate.
        parts = [_variable(each) if at % 2 else Part(text=each) for at, each in enumerate(pieces) if each]
    return HeaderChange(action=Action(matched[1]), name=matched[3].lower(), value=tuple(parts))


def _variable(name: str) -> Part:
    if name.startswith("request.header."):
        return Part(source="header", name=name.removeprefix("request.header.").lower())
    if name == "request.path":
        return Part(source="path")
    if name not in CONTEXT:
        raise _not_offered(f"${name}")
    return Part(source=CONTEXT[name])


def _not_offered(what: str) -> AwsError:
    return AwsError(
        "InvalidAction", f"The local gateway maps only headers, from headers and context variables, not {what}", 501
    )
