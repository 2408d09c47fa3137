"""Reads manifests: the blobs and images that they name, and the image of an index that this machine can run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.ecr.blobs import digest_of
from localcloud.ecr.refusals import RegistryError
from localcloud.tasks.images.pushed_images import architecture

if TYPE_CHECKING:
    from moto.ecr.models import Image, Repository

INDEX = "application/vnd.oci.image.index.v1+json"

Manifest = Mapping[str, Any]


def parsed(content: bytes) -> Manifest:
    """Parse a manifest. Errors: RegistryError for anything else."""
    try:
        manifest = json.loads(content.decode())
    except ValueError as error:
        raise RegistryError("MANIFEST_INVALID", f"The manifest is not JSON: {error}", 400) from error
    if not isinstance(manifest, dict) or manifest.get("schemaVersion") != 2:
        raise RegistryError("MANIFEST_INVALID", "The manifest should be an object with schemaVersion 2", 400)
    return manifest


def blobs_of(manifest: Manifest) -> list[str]:
    """Return the digests of the configuration and the layers; those at a URL of their own are not in the registry."""
    named = [manifest.get("config"), *(manifest.get("layers") or ())]
    return [str(each.get("digest")) for each in named if isinstance(each, dict) and not each.get("urls")]


def images_of(manifest: Manifest) -> list[str]:
    """Return the digests of the images that an index names."""
    return [str(each.get("digest")) for each in manifest.get("manifests") or () if isinstance(each, dict)]


def for_this_machine(index: Manifest) -> str | None:
    """Return the digest of an index's image for Linux on this machine's processor; None if it has none."""
    for each in index.get("manifests") or ():
        described = each.get("platform") or {}
        if (described.get("os"), described.get("architecture")) == ("linux", architecture()):
            return str(each["digest"])
    return None


def find(repository: Repository, reference: str) -> Image | None:
    """Return the image with a tag or digest. Call in moto's thread."""
    images = repository.images
    return next((each for each in images if reference in (each.get_image_digest(), *each.image_tags)), None)


def referrers(images: Iterable[Image], subject: str) -> dict[str, Any]:
    """Return the index of the images about `subject`, by their own account: signatures, attestations."""
    found = []
    for image in images:
        content = str(image.image_manifest)
        manifest = json.loads(content)
        if (manifest.get("subject") or {}).get("digest") == subject:
            config = manifest.get("config") or {}
            described = {
                "mediaType": image.image_manifest_media_type,
                "digest": digest_of(content.encode()),
                "size": len(content.encode()),
                "artifactType": manifest.get("artifactType") or config.get("mediaType"),
                "annotations": manifest.get("annotations"),
            }
            found.append({name: value for name, value in described.items() if value})
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}
