"""A repository of images by ECR's API, also one of another account: manifests, layers, configurations, by digest."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws, Wire
from ops.aws.links import pieces
from ops.errors import BuildFailed, Misuse, NotFound
from ops.image import registry
from ops.image.registry import MANIFEST_TYPE, digest_of

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = (MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json", *INDEX_TYPES)
NOT_BEGUN = "no scan"
"""Our own status, for an image that ECR has not begun to scan."""
URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[a-z0-9][a-z0-9._/-]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest exactly as its registry has it: the digest is that of these bytes."""

    content: str
    media_type: str

    @property
    def digest(self) -> str:
        return digest_of(self.content.encode())

    @property
    def fields(self) -> Wire:
        read: Wire = json.loads(self.content)
        return read

    @property
    def is_index(self) -> bool:
        return self.media_type in INDEX_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """An image's scan: AWS's status with its reason, and the findings as ECR returns them."""

    status: str
    description: str = ""
    findings: tuple[Wire, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository, and the client that reaches it. account: its owner, when not the caller's."""

    aws: Aws
    ecr: Any
    name: str
    uri: str
    account: str | None = None

    @property
    def _named(self) -> Wire:
        return {"repositoryName": self.name} | ({"registryId": self.account} if self.account else {})

    def manifest(self, digest: str) -> Manifest:
        """Read a manifest. ECR BatchGetImage. Errors: NotFound; BuildFailed when its bytes have another digest."""
        response = self.ecr.batch_get_image(
            **self._named, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=list(MANIFEST_TYPES)
        )
        if not response["images"]:
            why = ", ".join(str(each.get("failureReason", "")) for each in response.get("failures", []))
            raise NotFound(f"{self.uri} has no image {digest}: {why}", next_step="check repository and digest")
        image = response["images"][0]
        content = image["imageManifest"]
        media_type = image.get("imageManifestMediaType") or json.loads(content).get("mediaType") or MANIFEST_TYPE
        found = Manifest(content=content, media_type=media_type)
        if found.digest != digest:
            raise BuildFailed(f"{self.uri} returned for {digest} a manifest whose digest is {found.digest}")
        return found

    def tags(self, digest: str) -> list[str]:
        """Return an image's tags. ECR DescribeImages."""
        details = self.ecr.describe_images(**self._named, imageIds=[{"imageDigest": digest}])["imageDetails"]
        return sorted(details[0].get("imageTags", ())) if details else []

    def has(self, digest: str) -> bool:
        """Return whether the repository has an image. ECR DescribeImages."""
        try:
            return bool(self.ecr.describe_images(**self._named, imageIds=[{"imageDigest": digest}])["imageDetails"])
        except self.ecr.exceptions.ImageNotFoundException:
            return False

    def described(self, digest: str) -> Wire:
        """Return ECR's description of an image, with its media type and the size of its layers. ECR DescribeImages."""
        found: Wire = self.ecr.describe_images(**self._named, imageIds=[{"imageDigest": digest}])["imageDetails"][0]
        return found

    def scan(self, digest: str) -> Scan:
        """Return an image's scan; its status is NOT_BEGUN when ECR knows none. ECR DescribeImageScanFindings."""
        pages = self.ecr.get_paginator("describe_image_scan_findings").paginate(
            **self._named, imageId={"imageDigest": digest}
        )
        shown: Wire = {}
        found: list[Wire] = []
        try:
            for page in pages:
                shown = page.get("imageScanStatus", shown)
                listed = page.get("imageScanFindings", {})
                found += [*listed.get("findings", []), *listed.get("enhancedFindings", [])]
        except self.ecr.exceptions.ScanNotFoundException:
            return Scan(status=NOT_BEGUN)
        status = str(shown.get("status", "PENDING"))
        return Scan(status=status, description=str(shown.get("description", "")), findings=tuple(found))

    def absent(self, digests: Iterable[str]) -> set[str]:
        """Return those layers that the repository lacks. ECR BatchCheckLayerAvailability."""
        asked = sorted(set(digests))
        if not asked:
            return set()
        response = self.ecr.batch_check_layer_availability(**self._named, layerDigests=asked)
        there = {each["layerDigest"] for each in response["layers"] if each["layerAvailability"] == "AVAILABLE"}
        return set(asked) - there

    def read(self, digest: str) -> Iterator[bytes]:
        """Yield a layer or a configuration. ECR GetDownloadUrlForLayer. Errors: AnswerLost; BuildFailed at its end."""
        response = self.ecr.get_download_url_for_layer(**self._named, layerDigest=digest)
        seen = hashlib.sha256()
        for piece in pieces(response["downloadUrl"], is_local=self.aws.environment.local is not None):
            seen.update(piece)
            yield piece
        if f"sha256:{seen.hexdigest()}" != digest:
            raise BuildFailed(f"{self.uri}: {digest} has another digest, sha256:{seen.hexdigest()}: it is damaged")

    def labels(self, manifest: Manifest) -> dict[str, str]:
        """Return an image's labels; of an index, those of its first image for a platform."""
        found = self.configurations(manifest, most=1)
        return (found[0].get("config", {}).get("Labels") or {}) if found else {}

    def configurations(self, manifest: Manifest, most: int | None = None) -> list[Wire]:
        """Return an image's configuration; of an index, those of its images for platforms, at most `most`."""
        if manifest.is_index:
            images = [each for each in manifest.fields["manifests"] if is_image(each)][:most]
            return [each for image in images for each in self.configurations(self.manifest(image["digest"]))]
        return [json.loads(b"".join(self.read(manifest.fields["config"]["digest"])))]

    def put_image(self, manifest: Manifest, tag: str | None) -> None:
        """Register a manifest whose layers exist. ECR PutImage."""
        tagged = {"imageTag": tag} if tag else {}
        self.ecr.put_image(
            **self._named,
            imageManifest=manifest.content,
            imageManifestMediaType=manifest.media_type,
            imageDigest=manifest.digest,
            **tagged,
        )

    def upload(self, digest: str, content: Iterator[bytes]) -> None:
        """Store a layer. ECR InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, which compares the digest."""
        begun = self.ecr.initiate_layer_upload(**self._named)
        upload, first = begun["uploadId"], 0
        for part in parts(content, begun["partSize"]):
            last = first + len(part) - 1
            self.ecr.upload_layer_part(
                **self._named, uploadId=upload, partFirstByte=first, partLastByte=last, layerPartBlob=part
            )
            first = last + 1
        try:
            self.ecr.complete_layer_upload(**self._named, uploadId=upload, layerDigests=[digest])
        except self.ecr.exceptions.LayerAlreadyExistsException:
            return


def parts(content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the content in parts of `size` bytes; the last one may be smaller."""
    waiting = bytearray()
    for piece in content:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def is_image(described: Wire) -> bool:
    """Return whether an entry of an index is an image for a platform; the others are attestations."""
    return bool(described.get("platform", {}).get("os", "linux") != "unknown")


def own(aws: Aws) -> Repository:
    """Return the environment's repository. ECR DescribeRepositories. Errors: NotFound."""
    return Repository(aws=aws, ecr=aws.ecr, name=aws.environment.repository, uri=registry.repository_uri(aws))


def at(aws: Aws, uri: str) -> Repository:
    """Return the repository with a URI, of whatever account and region. Errors: Misuse."""
    found = URI.fullmatch(uri)
    if found is None:
        raise Misuse(
            f"{uri} is not a repository of ECR",
            next_step="name it as ECR does: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:...",
        )
    is_here = aws.environment.local is not None or found["region"] == aws.environment.region
    ecr = aws.ecr if is_here else aws.ecr_in(found["region"])
    return Repository(aws=aws, ecr=ecr, name=found["name"], uri=uri, account=found["account"])
