"""The registry API (OCI Distribution Specification 1.1): clients such as docker push to ECR and pull from it."""

import json
from collections.abc import Awaitable, Callable

from localcloud.ecr import manifests
from localcloud.ecr.blobs import Blobs, digest_of
from localcloud.ecr.layers import DIGEST
from localcloud.ecr.logins import Logins
from localcloud.ecr.refusals import VERSION, RegistryError, of_aws, refused
from localcloud.ecr.registry import Registry
from localcloud.ecr.requests import ROOT, Read, Request, is_for_registry, request_of
from localcloud.ecr.uploads import Upload, Uploads
from localcloud.enforcement.calls import Call
from localcloud.errors import AwsError
from localcloud.protocol.caller import Caller
from localcloud.protocol.wire import AwsRequest, AwsResponse

MIB = 2**20
LARGEST_LAYER = 52_000 * MIB
LARGEST_MANIFEST = 4 * MIB
MOST_TAGS = 1000
"""Quotas of ECR, and its largest page of tags."""
BYTES = {"content-type": "application/octet-stream"}
JSON = {"content-type": "application/json"}
UNSUPPORTED = RegistryError("UNSUPPORTED", "The operation is unsupported.", 405)

Permit = Callable[[Caller, Call], Awaitable[None]]
"""Refuses what a caller may not do. Errors: AwsError."""


class Distribution:
    """Answers a registry's clients as ECR does. `permit` authorizes each request as the corresponding ECR operation.

    Source: ECR User Guide, "Private registry authentication", "IAM permissions for pushing an image".
    """

    def __init__(self, registry: Registry, uploads: Uploads, logins: Logins, permit: Permit) -> None:
        self._registry = registry
        self._blobs: Blobs = registry.blobs
        self._uploads = uploads
        self._logins = logins
        self._permit = permit
        self._handlers = {
            ("GET", "blobs"): self._get_blob,
            ("HEAD", "blobs"): self._head_blob,
            ("POST", "uploads"): self._begin,
            ("GET", "uploads"): self._progress,
            ("PATCH", "uploads"): self._append,
            ("PUT", "uploads"): self._finish,
            ("DELETE", "uploads"): self._cancel,
            ("GET", "manifests"): self._get_manifest,
            ("HEAD", "manifests"): self._get_manifest,
            ("PUT", "manifests"): self._put_manifest,
            ("GET", "tags"): self._tags,
            ("GET", "referrers"): self._referrers,
        }

    def serves(self, head: AwsRequest) -> bool:
        return is_for_registry(head)

    async def answer(self, head: AwsRequest, read: Read) -> AwsResponse:
        """Answer a request whose body is not read yet."""
        try:
            caller = self._logins.caller_of(head.headers)
            if head.path.rstrip("/") == ROOT:
                return AwsResponse(200, {**VERSION, **JSON}, b"{}")
            request = request_of(head, caller, read)
            handler = self._handlers.get((request.method, request.kind))
            if handler is None:
                raise UNSUPPORTED
            return await handler(request)
        except RegistryError as error:
            return refused(error)
        except AwsError as error:
            return refused(of_aws(error))

    async def _check(self, request: Request, *operations: str, name: str = "") -> None:
        """Check permissions, and that the repository exists. Errors: AwsError."""
        repository = name or request.name
        for operation in operations:
            parameters = {"repositoryName": repository}
            call = Call(service="ecr", operation=operation, parameters=parameters, protocol="json")
            await self._permit(request.caller, call)
        await self._registry.look(repository, lambda found: found.name)

    # --- blobs ---

    async def _head_blob(self, request: Request) -> AwsResponse:
        await self._check(request, "BatchCheckLayerAvailability")
        return await self._blob(request)

    async def _get_blob(self, request: Request) -> AwsResponse:
        await self._check(request, "GetDownloadUrlForLayer")
        return await self._blob(request)

    async def _blob(self, request: Request) -> AwsResponse:
        digest = request.reference
        size = await self._registry.size_of_blob(request.name, digest)
        if size is None:
            raise RegistryError("BLOB_UNKNOWN", f"The repository '{request.name}' has no layer '{digest}'", 404)
        headers = {**VERSION, **BYTES, "content-length": str(size), "docker-content-digest": digest}
        return AwsResponse(200, headers, b"", None if request.method == "HEAD" else self._blobs.read(digest))

    # --- uploads ---

    async def _begin(self, request: Request) -> AwsResponse:
        """Begin an upload; end it immediately for a layer that is in another repository, or in the body."""
        await self._check(request, "InitiateLayerUpload")
        mounted, digest = request.query.get("mount", ""), request.query.get("digest", "")
        if mounted and await self._is_mounted(request, mounted, request.query.get("from", "")):
            return _stored(request.name, mounted)
        upload = self._uploads.begin(request.name)
        if not digest:
            return _progress(upload, 202)
        await self._check(request, "UploadLayerPart", "CompleteLayerUpload")
        return await self._completed(request, upload, digest)

    async def _is_mounted(self, request: Request, digest: str, source: str) -> bool:
        """Take over a layer of another repository if the caller may read it there; otherwise the client uploads it."""
        if not source:
            return False
        try:
            await self._check(request, "BatchCheckLayerAvailability", "GetDownloadUrlForLayer", name=source)
            size = await self._registry.size_of_blob(source, digest)
        except AwsError:
            return False
        if size is None:
            return False
        await self._registry.add_blob(request.name, digest, size)
        return True

    async def _progress(self, request: Request) -> AwsResponse:
        await self._check(request, "UploadLayerPart")
        return _progress(self._uploads.find(request.name, request.reference), 204)

    async def _append(self, request: Request) -> AwsResponse:
        await self._check(request, "UploadLayerPart")
        upload = self._uploads.find(request.name, request.reference)
        content = await request.read(LARGEST_LAYER)
        await self._uploads.append(upload, content, request.headers.get("content-range", ""))
        return _progress(upload, 202)

    async def _finish(self, request: Request) -> AwsResponse:
        await self._check(request, "CompleteLayerUpload")
        upload = self._uploads.find(request.name, request.reference)
        return await self._completed(request, upload, request.query.get("digest", ""))

    async def _completed(self, request: Request, upload: Upload, digest: str) -> AwsResponse:
        """Add the body, which may be empty, and store the layer."""
        if not DIGEST.fullmatch(digest):
            raise RegistryError("DIGEST_INVALID", f"'{digest}' should be sha256: and 64 hexadecimal digits", 400)
        content = await request.read(LARGEST_LAYER)
        await self._uploads.append(upload, content, request.headers.get("content-range", ""))
        size = await self._uploads.finish(upload, digest)
        await self._registry.add_blob(request.name, digest, size)
        return _stored(request.name, digest)

    async def _cancel(self, request: Request) -> AwsResponse:
        await self._check(request, "UploadLayerPart")
        self._uploads.cancel(self._uploads.find(request.name, request.reference))
        return AwsResponse(204, VERSION, b"")

    # --- manifests ---

    async def _get_manifest(self, request: Request) -> AwsResponse:
        await self._check(request, "BatchGetImage")
        image = await self._registry.look(request.name, lambda found: manifests.find(found, request.reference))
        if image is None:
            raise RegistryError("MANIFEST_UNKNOWN", "Requested image not found", 404)
        content = str(image.image_manifest).encode()
        headers = {"content-type": str(image.image_manifest_media_type), "docker-content-digest": digest_of(content)}
        return AwsResponse(200, {**VERSION, **headers, "content-length": str(len(content))}, content)

    async def _put_manifest(self, request: Request) -> AwsResponse:
        await self._check(request, "PutImage")
        content = (await request.read(LARGEST_MANIFEST)).read()
        manifest, digest = manifests.parsed(content), digest_of(content)
        tag = None if DIGEST.fullmatch(request.reference) else request.reference
        if tag is None and request.reference != digest:
            message = f"The digest of the manifest is {digest} and not '{request.reference}'"
            raise RegistryError("DIGEST_INVALID", message, 400)
        await self._check_parts(request.name, manifest)
        self._blobs.keep(content)
        media_type = str(manifest.get("mediaType") or request.headers.get("content-type", ""))
        await self._registry.put(request.name, content.decode(), media_type, tag, request.caller)
        location = {"location": f"{ROOT}/{request.name}/manifests/{digest}", "docker-content-digest": digest}
        subject = (manifest.get("subject") or {}).get("digest")
        return AwsResponse(201, {**VERSION, **location, **({"oci-subject": subject} if subject else {})}, b"")

    async def _check_parts(self, name: str, manifest: manifests.Manifest) -> None:
        """Check that what a manifest names has been pushed. Errors: RegistryError."""
        for digest in manifests.blobs_of(manifest):
            if await self._registry.size_of_blob(name, digest) is None:
                message = f"The layer '{digest}' has not been pushed to the repository '{name}'"
                raise RegistryError("MANIFEST_BLOB_UNKNOWN", message, 404)
        for digest in manifests.images_of(manifest):
            if await self._registry.look(name, lambda found, of=digest: manifests.find(found, of)) is None:  # type: ignore[misc]
                message = f"The image '{digest}' has not been pushed to the repository '{name}'"
                raise RegistryError("MANIFEST_BLOB_UNKNOWN", message, 404)

    async def _tags(self, request: Request) -> AwsResponse:
        await self._check(request, "ListImages")
        tags = await self._registry.look(
            request.name, lambda found: sorted({tag for image in found.images for tag in image.image_tags if tag})
        )
        last, number = request.query.get("last", ""), request.query.get("n", "")
        most = min(int(number), MOST_TAGS) if number.isdecimal() else MOST_TAGS
        left = [tag for tag in tags if tag > last]
        page = left[:most]
        link = {}
        if page and len(left) > most:
            link = {"link": f'<{ROOT}/{request.name}/tags/list?n={most}&last={page[-1]}>; rel="next"'}
        return AwsResponse(200, {**VERSION, **JSON, **link}, json.dumps({"name": request.name, "tags": page}).encode())

    async def _referrers(self, request: Request) -> AwsResponse:
        await self._check(request, "BatchGetImage")
        index = await self._registry.look(
            request.name, lambda found: manifests.referrers(found.images, request.reference)
        )
        return AwsResponse(200, {**VERSION, "content-type": manifests.INDEX}, json.dumps(index).encode())


def _progress(upload: Upload, status: int) -> AwsResponse:
    headers = {
        "location": f"{ROOT}/{upload.repository}/blobs/uploads/{upload.id}",
        "range": f"0-{max(upload.size - 1, 0)}",
        "docker-upload-uuid": upload.id,
    }
    return AwsResponse(status, {**VERSION, **headers}, b"")


def _stored(name: str, digest: str) -> AwsResponse:
    headers = {"location": f"{ROOT}/{name}/blobs/{digest}", "docker-content-digest": digest}
    return AwsResponse(201, {**VERSION, **headers}, b"")
