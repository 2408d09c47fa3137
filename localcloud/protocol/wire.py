"""AWS requests and responses as they cross the endpoint, with the service and operation they name."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, Protocol
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from localcloud.errors import AwsError
from localcloud.protocol.caller import NOBODY, Caller

CREDENTIAL_SCOPE = re.compile(r"Credential=[^/,]+/\d{8}(?:/([^/,&]*))?/([a-z0-9-]+)/aws4_request")
"""The region is checked elsewhere (`regions.py`). Signatures for several regions (SigV4A) name none."""

ANONYMOUS = "anonymous"
"""The access key of a request that came without credentials, where AWS needs none."""

REST_XML = ("route53", "cloudfront")
"""Signing names of the services besides S3 that use the protocol `rest-xml`."""

# Smithy's RPC protocol, which newer clients speak to CloudWatch and others, names the operation in the path.
RPC_PATH = re.compile(r"/service/(?P<service>[\w.]+)/operation/(?P<operation>\w+)")

FORM = "application/x-www-form-urlencoded"
ACTION = re.compile(r"(^|&)Action=")

OF_QUERY = "AWS.SimpleQueueService."
"""Prefix of SQS's codes in the query protocol; in JSON, a header has the code with it."""
QUERY_ERROR = "x-amzn-query-error"

# A link signed in the older way, which boto3 still uses for S3, names no service.
SIGNED_LINK = re.compile(r"(^|&)AWSAccessKeyId=")


@dataclass(frozen=True)
class AwsRequest:
    """One request; header names in lower case; `service` is the signing name, empty when unknown."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    """Empty when the body is in `body_file`."""
    service: str = ""
    operation: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    """The fields of a query-protocol request (ELBv2, RDS, ElastiCache): `TargetGroupArn`, `Targets.member.1.Id`."""
    body_file: BinaryIO | None = None
    """A large body (S3) on disk, positioned at its beginning."""
    raw_path: str = ""
    """The path as it was sent, with its percent signs; empty for requests between our own parts."""
    caller: Caller = NOBODY

    @property
    def is_form(self) -> bool:
        """Return whether the request uses the query protocol."""
        return bool(self.form) or self.headers.get("content-type", "").lower().startswith(FORM)


@dataclass(frozen=True)
class AwsResponse:
    """One response. `stream`: follows the body as it is produced, for as long as the client listens."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stream: AsyncIterator[bytes] | None = None


class Overlay(Protocol):
    """A service of ours that sees requests before moto."""

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Return a response, or None to let moto handle the request."""

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Apply the effects of moto's response (of any status), and return the response for the client."""


def parse_request(method: str, path: str, query_string: str, headers: Mapping[str, str], body: bytes) -> AwsRequest:
    """Parse a request.

    Service and operation come from the signature's scope (also a presigned URL's), the JSON target or the Action.
    """
    _, _, target_operation = headers.get("x-amz-target", "").rpartition(".")
    scope = CREDENTIAL_SCOPE.search(headers.get("authorization", "") or unquote(query_string))
    service = scope.group(2) if scope else ""
    if not service and SIGNED_LINK.search(query_string):
        service = "s3"
    rpc = RPC_PATH.fullmatch(path) if service not in ("s3", "") else None
    form = _form(method, query_string, headers, body) if service != "s3" else {}
    return AwsRequest(
        method=method,
        path=path,
        query_string=query_string,
        headers=headers,
        body=body,
        service=service,
        operation=target_operation or form.get("Action", "") or (rpc["operation"] if rpc else ""),
        form=form,
    )


def as_anonymous(request: AwsRequest, service: str, region: str) -> AwsRequest:
    """Set the service and region of a request without credentials."""
    scope = f"AWS4-HMAC-SHA256 Credential={ANONYMOUS}/20000101/{region}/{service}/aws4_request"
    return replace(request, service=service, headers={**request.headers, "authorization": scope})


def credentials_of(request: AwsRequest) -> str:
    """Return the text that contains the credentials: the header, else the link."""
    return request.headers.get("authorization", "") or unquote(request.query_string)


def region_of(request: AwsRequest) -> str:
    """Return the region that a request is signed for, in a header or a link; empty when it names none."""
    scope = CREDENTIAL_SCOPE.search(credentials_of(request))
    return (scope.group(1) or "") if scope else ""


def _form(method: str, query_string: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Return the fields of the query protocol, which AWS also accepts in the query string."""
    if method == "POST" and headers.get("content-type", "").lower().startswith(FORM):
        return {name: values[0] for name, values in _fields(body).items()}
    if ACTION.search(query_string):
        return {name: values[0] for name, values in parse_qs(query_string, keep_blank_values=True).items()}
    return {}


def _fields(body: bytes) -> dict[str, list[str]]:
    """Parse a form. Errors: AwsError MalformedInput."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise AwsError("MalformedInput", f"the body is not a form in UTF-8: {error}") from error


def error_response(request: AwsRequest, error: AwsError) -> AwsResponse:
    """Return the error in the request's protocol: XML for S3, EC2 and the query protocol, JSON 1.1 otherwise.

    A request without a service is for S3, or sends a form.
    """
    code = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    request_id = uuid.uuid4()
    is_anonymous = not request.service and "x-amz-target" not in request.headers and not request.is_form
    if request.service == "s3" or (is_anonymous and "authorization" not in request.headers):
        body = f"<Error>{code}<RequestId>{request_id}</RequestId></Error>"
        return AwsResponse(error.status, {"content-type": "application/xml"}, body.encode())
    if request.service == "ec2":
        body = f"<Response><Errors><Error>{code}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        return AwsResponse(error.status, {"content-type": "text/xml"}, body.encode())
    if request.is_form or request.service in REST_XML:
        kind = "Sender" if error.status < 500 else "Receiver"
        error_element = f"<Error><Type>{kind}</Type>{code}</Error>"
        body = f"<ErrorResponse>{error_element}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return AwsResponse(error.status, {"content-type": "text/xml"}, body.encode())
    _, prefix, name = error.code.rpartition(OF_QUERY)
    response = json_response({"__type": name, "message": error.message}, error.status)
    query_error = {QUERY_ERROR: f"{error.code};{'Sender' if error.status < 500 else 'Receiver'}"} if prefix else {}
    return replace(response, headers={**response.headers, **query_error})


def json_response(value: object, status: int = 200) -> AwsResponse:
    """Return a response in the JSON 1.1 protocol; datetimes as epoch seconds."""
    return AwsResponse(
        status,
        {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())},
        json.dumps(value, default=_timestamp, separators=(",", ":")).encode(),
    )


def _timestamp(value: object) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"not JSON: {value!r}")
