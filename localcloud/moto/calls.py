"""Helpers for overlays of query-protocol services, used before and after a call to moto."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of

TAG_KEY = re.compile(r"Tags\.(Tag|member)\.[0-9]+\.Key")


def with_fields(request: AwsRequest, **fields: str) -> AwsRequest:
    """Return the request with these fields set."""
    kept = [(name, value) for name, value in parse_qsl(request.body.decode(), True) if name not in fields]
    return replace(
        request,
        body=urlencode([*kept, *fields.items()]).encode(),
        form={**request.form, **fields},
    )


def without_fields(request: AwsRequest, *fields: str) -> AwsRequest:
    kept = [(name, value) for name, value in parse_qsl(request.body.decode(), True) if name not in fields]
    form = {name: value for name, value in request.form.items() if name not in fields}
    return replace(request, body=urlencode(kept).encode(), form=form)


def with_tag_values(request: AwsRequest) -> AwsRequest:
    """Return the request with empty values added to tags without one, as on AWS."""
    named = (f"{name[: -len('Key')]}Value" for name in request.form if TAG_KEY.fullmatch(name))
    fields = {name: "" for name in named if name not in request.form}
    return with_fields(request, **fields) if fields else request


def with_text(response: AwsResponse, tag: str, text: str) -> AwsResponse:
    """Replace the text of all elements of this name in an XML response."""
    body = re.sub(rf"<{tag}>[^<]*</{tag}>", f"<{tag}>{text}</{tag}>", response.body.decode())
    return replace(response, body=body.encode())


def instead(request: AwsRequest, fields: dict[str, str]) -> AwsRequest:
    """Return a request for another operation with the same credentials."""
    return replace(request, body=urlencode(fields).encode(), form=fields, operation=fields["Action"])


def renamed(response: AwsResponse, operation: str, new_operation: str, listed: str) -> AwsResponse:
    """Convert the XML response of an operation that lists one item to the response of one that returns it."""
    body = response.body.decode().replace(f"{operation}Re", f"{new_operation}Re")
    return replace(response, body=re.sub(f"</?{listed}( [^>]*)?/?>", "", body).encode())


def check_region(request: AwsRequest, region: str) -> None:
    """Refuse other regions: servers run in the local cloud's region only. Errors: AwsError InvalidParameterValue."""
    if is_elsewhere(request, region):
        raise AwsError("InvalidParameterValue", f"This local cloud runs servers in {region} only; use that region")


def is_elsewhere(request: AwsRequest, region: str) -> bool:
    """Return whether the request is for a region other than the one where servers run."""
    return region_of(request) not in ("", region)
