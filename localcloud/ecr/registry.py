"""ECR: moto stores repositories and images. Digests are those of the manifests, and an image outlives its tag."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.ecr import manifests
from localcloud.ecr.blobs import Blobs, digest_of
from localcloud.ecr.layers import Layers
from localcloud.ecr.logins import Logins
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.moto.kms_keys import check_named
from localcloud.protocol.caller import Caller
from localcloud.protocol.own_requests import json_request
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.tasks.images.image_store import CannotPullContainer
from localcloud.tasks.images.pushed_images import architecture

if TYPE_CHECKING:
    from moto.ecr.models import Repository


T = TypeVar("T")

PUT_IMAGE = "AmazonEC2ContainerRegistry_V20150921.PutImage"
REFERENCE = re.compile(
    r"(?P<registry>[^/]+)/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Registry:
    """The overlay of ECR, and the registry from which tasks pull."""

    def __init__(self, host: Host, logins: Logins) -> None:
        self._host = host
        self._logins = logins
        self._model = RequestModel("ecr")
        self.blobs = Blobs(host.data_directory / "images" / "blobs" / "sha256", host.endpoint_url, host.clock)
        self._layers = Layers(self.blobs, host.account_id)
        self.on_removal: Callable[[], None] = lambda: None
        """Called when an image or a repository was removed."""
        self._name = f"{host.account_id}.dkr.ecr.{host.region}.amazonaws.com"

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        parameters = self._model.read(request)
        if request.operation == "GetAuthorizationToken":
            return self._logins.token(request.caller)
        if request.operation == "PutRegistryScanningConfiguration":  # moto requires both; ECR defaults to no rules
            body = json.dumps({"scanType": "BASIC", "rules": []} | parameters).encode()
            return await self._host.moto.request(replace(request, body=body))
        if request.operation == "GetDownloadUrlForLayer":
            name, digest = parameters["repositoryName"], parameters["layerDigest"]
            return await self._host.moto.run(lambda: self._layers.download(self._existing(name), name, digest))
        if request.operation == "CompleteLayerUpload":
            name, upload = parameters["repositoryName"], (parameters["uploadId"], parameters["layerDigests"])
            await self._host.moto.run(lambda: self._layers.keep_upload(self._existing(name), *upload))
        if request.operation == "CreateRepository":
            key = (parameters.get("encryptionConfiguration") or {}).get("kmsKey")
            await self._host.moto.run(
                lambda: check_named(self._host.account_id, self._host.region, key, "KmsException")
            )
        return await self._put_image(request, parameters) if request.operation == "PutImage" else None

    async def _put_image(self, request: AwsRequest, parameters: dict[str, Any]) -> AwsResponse:
        if not is_json(parameters["imageManifest"]):
            raise AwsError(
                "InvalidParameterException",
                "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
            )
        digest = manifest_digest(parameters["imageManifest"])
        if parameters.get("imageDigest", digest) != digest:
            raise AwsError(
                "ImageDigestDoesNotMatchException",
                f"The provided image digest '{parameters['imageDigest']}' does not match the digest "
                f"'{digest}' of the image manifest",
            )
        await self._host.moto.run(lambda: self._free_tag(parameters, digest))
        self.blobs.keep(parameters["imageManifest"].encode())  # tasks may still run an image that was deleted
        # moto computes an image's digest from its layers' names.
        body = json.dumps(parameters | {"imageDigest": digest}).encode()
        return await self._host.moto.request(replace(request, body=body))

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        if request.operation in ("BatchDeleteImage", "DeleteRepository"):
            self.on_removal()
        if request.operation != "BatchCheckLayerAvailability" or response.status >= 400:
            return response
        name = json.loads(request.body)["repositoryName"]
        return await self._host.moto.run(lambda: self._layers.availability(self._existing(name), response))

    async def look(self, name: str, read: Callable[[Repository], T]) -> T:
        """Return what a function reads of a repository, in moto's thread. Errors: AwsError if there is none."""
        return await self._host.moto.run(lambda: read(self._existing(name)))

    async def size_of_blob(self, name: str, digest: str) -> int | None:
        """Return the size of a repository's layer or configuration; None if it has none with this digest."""
        size = await self.look(name, lambda repository: self._layers.size(repository, digest))
        if size is not None:
            self.blobs.touch(digest)
        return size

    async def manifests(self) -> list[str]:
        """Return the manifests of every repository."""
        return await self._host.moto.run(_manifests)

    async def add_blob(self, name: str, digest: str, size: int) -> None:
        """Note that a repository has a stored layer. Errors: AwsError."""

        def add() -> None:
            self._existing(name).layers[digest] = size

        await self._host.moto.change(add)

    async def put(self, name: str, manifest: str, media_type: str, tag: str | None, caller: Caller) -> None:
        """Put an image as PutImage does. Idempotent. Errors: AwsError."""
        parameters = {"repositoryName": name, "imageManifest": manifest, "imageManifestMediaType": media_type}
        asked = parameters | ({"imageTag": tag} if tag else {})
        try:
            response = await self.handle(json_request("ecr", self._host.region, PUT_IMAGE, asked, caller))
            if response is not None and response.status >= 400:
                error = json.loads(response.body)
                raise AwsError(error["__type"], error.get("message", ""), response.status)
        except AwsError as error:
            if error.code != "ImageAlreadyExistsException":
                raise

    async def resolve(self, reference: str) -> tuple[str, dict[str, Any]]:
        """Resolve `registry/repository:tag` or `...@digest` to (digest, manifest). Errors: CannotPullContainer."""
        found = REFERENCE.fullmatch(reference)
        if found is None or found["registry"] != self._name:
            raise CannotPullContainer(
                f"CannotPullContainerError: {reference}: should be {self._name}/REPOSITORY:TAG or ...@sha256:DIGEST"
            )
        requested = found["digest"] or found["tag"] or "latest"
        text = await self._host.moto.run(lambda: self._manifest(reference, found["repository"], requested))
        manifest = json.loads(text)
        if "manifests" not in manifest:
            return manifest_digest(text), manifest
        chosen = manifests.for_this_machine(manifest)
        if chosen is None:
            raise CannotPullContainer(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not "
                f"contain descriptor matching platform 'linux/{architecture()}'"
            )
        of_machine = await self._host.moto.run(lambda: self._manifest(reference, found["repository"], chosen))
        return manifest_digest(text), json.loads(of_machine)

    def _free_tag(self, parameters: dict[str, Any], digest: str) -> None:
        """Remove the tag from the image that has it, which moto would delete entirely. Runs in moto's thread."""
        repository = self._existing(parameters["repositoryName"])
        tag = parameters.get("imageTag")
        if tag is None and any(image.get_image_digest() == digest for image in repository.images):
            raise AwsError(
                "ImageAlreadyExistsException",
                f"Image with digest '{digest}' already exists in the repository with name "
                f"'{parameters['repositoryName']}' in registry with id '{self._host.account_id}'",
            )
        for image in repository.images:
            if tag in image.image_tags and image.get_image_digest() != digest:
                if repository.image_tag_mutability == "IMMUTABLE":
                    raise AwsError(
                        "ImageTagAlreadyExistsException",
                        f"The image tag '{tag}' already exists in the '{parameters['repositoryName']}' repository and "
                        "cannot be overwritten because the tag is immutable.",
                    )
                if repository.image_tag_mutability != "MUTABLE":  # with exclusions: moto decides
                    continue
                image.image_tags.remove(tag)
                # As in moto, whose type says less.
                image.image_tag = image.image_tags[0] if image.image_tags else None  # type: ignore[assignment]

    def _manifest(self, reference: str, repository_name: str, requested: str) -> str:
        repository = self._repository(repository_name)
        if repository is None:
            raise CannotPullContainer(
                f"CannotPullContainerError: pull image manifest has been retried 1 time(s): {reference}: not found: "
                f"the repository '{repository_name}' does not exist"
            )
        image = manifests.find(repository, requested)
        if image is not None:
            return str(image.image_manifest)
        raise CannotPullContainer(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{reference}: {reference}: not found"
        )

    def _existing(self, name: str) -> Repository:
        """Return a repository. Errors: AwsError RepositoryNotFoundException."""
        repository = self._repository(name)
        if repository is None:
            raise AwsError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{self._host.account_id}'",
            )
        return repository

    def _repository(self, name: str) -> Repository | None:
        if "moto.ecr.models" not in sys.modules:  # ECR was not called yet
            return None
        from moto.ecr.models import ecr_backends

        return ecr_backends[self._host.account_id][self._host.region].repositories.get(name)


def _manifests() -> list[str]:
    if "moto.ecr.models" not in sys.modules:  # ECR was not called yet
        return []
    from moto.ecr.models import ecr_backends

    regions = [region for account in ecr_backends.values() for region in account.values()]
    repositories = [repository for region in regions for repository in region.repositories.values()]
    return [str(image.image_manifest) for repository in repositories for image in repository.images]


def is_json(text: str) -> bool:
    """Return whether the text can be a manifest."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def manifest_digest(manifest: str) -> str:
    """Return the digest of the manifest's bytes, as a client computes it."""
    return digest_of(manifest.encode())
