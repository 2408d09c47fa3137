"""What overlays of query-protocol services do around a call to moto."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of

TAG_KEY = re.compile(r"Tags\.(Tag|member)\.[0-9]+\.Key")


def with_fields(request: AwsRequest, **fields: str) -> AwsRequest:
    """The same request with these fields set."""
    kept = [(name, value) for name, value in parse_qsl(request.body.decode(), True) if name not in fields]
    return replace(
        request,
        body=urlencode([*kept, *fields.items()]).encode(),
        form={**request.form, **fields},
    )


def with_tag_values(request: AwsRequest) -> AwsRequest:
    """The same request with the empty values that AWS gives to tags without one."""
    named = (f"{name[: -len('Key')]}Value" for name in request.form if TAG_KEY.fullmatch(name))
    fields = {name: "" for name in named if name not in request.form}
    return with_fields(request, **fields) if fields else request


def with_text(response: AwsResponse, tag: str, text: str) -> AwsResponse:
    """The same XML answer with this text in every such element."""
    body = re.sub(rf"<{tag}>[^<]*</{tag}>", f"<{tag}>{text}</{tag}>", response.body.decode())
    return replace(response, body=body.encode())


def instead(request: AwsRequest, fields: dict[str, str]) -> AwsRequest:
    """Another operation, asked in the same name."""
    return replace(request, body=urlencode(fields).encode(), form=fields, operation=fields["Action"])


def renamed(response: AwsResponse, operation: str, wanted: str, listed: str) -> AwsResponse:
    """The XML answer of an operation that lists one thing, as that of one which gives it."""
    body = response.body.decode().replace(f"{operation}Re", f"{wanted}Re")
    return replace(response, body=re.sub(f"</?{listed}( [^>]*)?/?>", "", body).encode())


def require_region(request: AwsRequest, region: str) -> None:
    """Servers run in the local cloud's one region. Errors: AwsError InvalidParameterValue."""
    if is_elsewhere(request, region):
        raise AwsError("InvalidParameterValue", f"This local cloud runs servers in {region} only; use that region")


def is_elsewhere(request: AwsRequest, region: str) -> bool:
    """Whether the request is for another region than the one where servers run."""
    return region_of(request) not in ("", region)


def refuse(request: AwsRequest) -> AwsError:
    """For operations that would have to pretend."""
    return AwsError("OperationNotSupported", f"{request.operation}: the local cloud does not offer this yet", 501)
