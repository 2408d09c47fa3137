"""Requests of the registry API (OCI Distribution Specification 1.1): parsed from path and caller."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import parse_qs

from localcloud.ecr.refusals import RegistryError
from localcloud.protocol.caller import Caller
from localcloud.protocol.wire import AwsRequest

ROOT = "/v2"
PATHS = {
    "uploads": re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<reference>[^/]*)"),
    "blobs": re.compile(r"/v2/(?P<name>.+)/blobs/(?P<reference>[^/]+)"),
    "manifests": re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)"),
    "tags": re.compile(r"/v2/(?P<name>.+)/tags/(?P<reference>list)"),
    "referrers": re.compile(r"/v2/(?P<name>.+)/referrers/(?P<reference>[^/]+)"),
}

Read = Callable[[int], Awaitable[BinaryIO]]
"""Reads the request's body, of at most so many bytes. Errors: RegistryError."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request for a part of a repository. `reference`: tag, digest or upload; empty for a new upload."""

    method: str
    kind: str
    name: str
    reference: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller
    read: Read


def is_for_registry(head: AwsRequest) -> bool:
    """Return whether a request is the registry's: AWS's APIs below /v2/ are signed; no bucket has so short a name."""
    return not head.service and (head.path == ROOT or head.path.startswith(f"{ROOT}/"))


def request_of(head: AwsRequest, caller: Caller, read: Read) -> Request:
    """Errors: RegistryError for a path that the specification does not have."""
    for kind, pattern in PATHS.items():
        if found := pattern.fullmatch(head.path):
            return Request(
                method=head.method,
                kind=kind,
                name=found["name"],
                reference=found["reference"],
                query={name: values[0] for name, values in parse_qs(head.query_string).items()},
                headers=head.headers,
                caller=caller,
                read=read,
            )
    raise RegistryError("UNSUPPORTED", f"{head.path}: the registry has no such path", 404)
