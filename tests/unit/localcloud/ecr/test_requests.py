"""Requests for the registry, and the meaning of their paths."""

from typing import BinaryIO

import pytest

from localcloud.ecr.refusals import RegistryError
from localcloud.ecr.requests import is_for_registry, request_of
from localcloud.protocol.caller import NOBODY
from localcloud.protocol.wire import AwsRequest, parse_request

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-1/apigateway/aws4_request"}


def head(path: str, query: str = "", headers: dict[str, str] | None = None) -> AwsRequest:
    return parse_request("GET", path, query, headers or {}, b"")


async def nothing(largest: int) -> BinaryIO:
    raise AssertionError


@pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/a/manifests/b"])
def test_unsigned_requests_below_v2_are_the_registrys(path: str) -> None:
    assert is_for_registry(head(path, headers={"authorization": "Basic QVdTOng="}))
    assert is_for_registry(head(path))
    assert not is_for_registry(head(path, headers=SIGNED))


def test_other_paths_are_not_the_registrys() -> None:
    assert not any(is_for_registry(head(path)) for path in ("/", "/v2x/a", "/bucket/v2/"))


@pytest.mark.parametrize(
    ("path", "kind", "name", "reference"),
    [
        ("/v2/a/b/manifests/v1", "manifests", "a/b", "v1"),
        ("/v2/blobs/blobs/sha256:1", "blobs", "blobs", "sha256:1"),
        ("/v2/a/blobs/uploads/", "uploads", "a", ""),
        ("/v2/a/blobs/uploads/1-2", "uploads", "a", "1-2"),
        ("/v2/a/tags/list", "tags", "a", "list"),
        ("/v2/a/referrers/sha256:1", "referrers", "a", "sha256:1"),
    ],
)
def test_a_path_names_a_part_of_a_repository(path: str, kind: str, name: str, reference: str) -> None:
    request = request_of(head(path, "digest=sha256%3A1&n=2"), NOBODY, nothing)
    assert (request.kind, request.name, request.reference) == (kind, name, reference)
    assert request.query == {"digest": "sha256:1", "n": "2"}


@pytest.mark.parametrize("path", ["/v2/a", "/v2/a/tags/b", "/v2/manifests/a", "/v2/a/manifests/b/c"])
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(RegistryError, match=path):
        request_of(head(path), NOBODY, nothing)
