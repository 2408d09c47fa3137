"""ECR's operations on layers: checks, uploads and downloads the parts of a repository's images."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.ecr.blobs import Blobs, digest_of
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsResponse, json_response

if TYPE_CHECKING:
    from moto.ecr.models import Repository


DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
UNASSOCIATED = (
    "The specified layer is not available because it is not associated with an image. Unassociated image layers may be "
    "cleaned up at any time."
)
OTHER_DIGEST = (
    "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest "
    "specified."
)


class Layers:
    """Layer operations; all except `keep_upload` only read. `repository` is moto's."""

    def __init__(self, blobs: Blobs, registry_id: str) -> None:
        self._blobs = blobs
        self._registry_id = registry_id

    def download(self, repository: Repository, name: str, digest: str) -> AwsResponse:
        """Answer GetDownloadUrlForLayer. Errors: AwsError."""
        if digest in repository.layers and digest not in _descriptors(repository):
            raise AwsError("LayerInaccessibleException", UNASSOCIATED)
        if digest not in _descriptors(repository) or self._blobs.size(digest) is None:
            raise AwsError(
                "LayersNotFoundException",
                f"The layer with digest '{digest}' does not exist within the repository with name '{name}' in the "
                f"registry with id '{self._registry_id}'",
            )
        return json_response({"downloadUrl": self._blobs.link(digest), "layerDigest": digest})

    def size(self, repository: Repository, digest: str) -> int | None:
        """Return the size of a layer or configuration; None where the repository has none with this digest."""
        is_there = digest in repository.layers or digest in _descriptors(repository)
        return self._blobs.size(digest) if is_there and DIGEST.fullmatch(digest) else None

    def keep_upload(self, repository: Repository, upload_id: str, digests: Sequence[str]) -> None:
        """Store a layer on CompleteLayerUpload, before moto discards its bytes. Errors: AwsError."""
        upload = repository.uploads.get(upload_id)
        if upload is None:  # moto returns the error
            return
        if not upload.layer_parts:
            raise AwsError("EmptyUploadException", "The specified layer upload does not contain any layer parts.")
        content = bytes(upload.layer_parts)
        if digest_of(content) not in digests:
            raise AwsError("InvalidLayerException", OTHER_DIGEST)
        self._blobs.keep(content)

    def availability(self, repository: Repository, response: AwsResponse) -> AwsResponse:
        """Complete BatchCheckLayerAvailability: moto does not know layers that an image brought into the store."""
        answer = json.loads(response.body)
        descriptors = _descriptors(repository)
        for failure in list(answer["failures"]):
            digest = failure["layerDigest"]
            size = self._blobs.size(digest) if digest in descriptors else None
            if size is not None:
                answer["failures"].remove(failure)
                found = {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": size}
                answer["layers"].append(found | {"mediaType": descriptors[digest]})
        return replace(response, body=json.dumps(answer).encode())


def _descriptors(repository: Repository) -> dict[str, str]:
    """Return digest -> media type of every layer and configuration in the manifests."""
    found: dict[str, str] = {}
    for image in repository.images:
        manifest = json.loads(image.image_manifest)
        named = [manifest.get("config"), *(manifest.get("layers") or [])]
        found |= {str(each.get("digest")): str(each.get("mediaType", "")) for each in named if isinstance(each, dict)}
    return found
