"""ECR's image scans: started and shown as on AWS, but always with the status that the image cannot be scanned."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import replace, wrap

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
UNSUPPORTED = {
    "status": "UNSUPPORTED_IMAGE",
    "description": "UnsupportedImageError: The operating system and/or package manager are not supported. "
    "(the local cloud has no scanner)",
}
"""AWS's scan status of images without an operating system's packages, such as those of `spendsense build`."""
AGAIN_AFTER = timedelta(hours=24)
ON_PUSH = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")


def patch() -> None:
    """Replace moto's scans: it invents a finding for every image, and does not scan on push."""
    from moto.ecr.models import ECRBackend, Image

    replace(ECRBackend, start_image_scan, describe_image_scan_findings)
    wrap(ECRBackend, "put_image", _scanning)
    wrap(ECRBackend, "batch_get_repository_scanning_configuration", _showing_repositories_own)
    image: Any = Image
    image.image_scan_status = property(lambda self: UNSUPPORTED if self.last_scan else None)


def start_image_scan(self: Any, registry_id: str, repository_name: str, image_id: Mapping[str, str]) -> dict[str, Any]:
    """Start a scan. Errors: AwsError for an image that cannot be scanned, or was scanned just before."""
    from moto.ecr.exceptions import LimitExceededException

    repository = self._get_repository(repository_name, registry_id)
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
    if self.registry_scanning_configuration["scanType"] == "ENHANCED":
        raise AwsError("ValidationException", "This feature is disabled")
    if image.image_manifest_media_type in INDEXES:
        raise AwsError(
            "UnsupportedImageTypeException",
            f"The image with digest '{image.image_digest}' is an index of images, and cannot be scanned",
        )
    if image.last_scan and _now() - image.last_scan < AGAIN_AFTER:
        raise LimitExceededException
    image.last_scan = _now()
    return _named(repository, image) | {"imageScanStatus": {"status": "IN_PROGRESS"}}


def describe_image_scan_findings(
    self: Any, registry_id: str, repository_name: str, image_id: Mapping[str, str]
) -> dict[str, Any]:
    from moto.ecr.exceptions import ScanNotFoundException

    repository = self._get_repository(repository_name, registry_id)
    tag, digest = image_id.get("imageTag"), image_id.get("imageDigest")
    image = repository._get_image(tag, digest)
    if image.last_scan is None:
        named = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
        raise ScanNotFoundException(named, repository_name, repository.registry_id)
    return _named(repository, image) | {"imageScanStatus": UNSUPPORTED}


def _scanning(put_image: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(put_image)
    def scanned(self: Any, repository_name: str, *arguments: Any, **named: Any) -> Any:
        image = put_image(self, repository_name, *arguments, **named)
        on_push = _configured(self.repositories[repository_name])["scanFrequency"] in ON_PUSH
        if on_push and image.last_scan is None and image.image_manifest_media_type not in INDEXES:
            image.last_scan = _now()
        return image

    return scanned


def _showing_repositories_own(look: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(look)
    def shown(self: Any, names: list[str]) -> Any:
        found, missing = look(self, names)
        return [_configured(self.repositories[each["repositoryName"]]) for each in found], missing

    return shown


def _configured(repository: Any) -> dict[str, Any]:
    """Return a repository's settings: the registry's rule for it, or else its own."""
    settings: dict[str, Any] = repository.scanning_config
    own = bool((repository.image_scanning_configuration or {}).get("scanOnPush"))
    if settings["scanFrequency"] == "MANUAL" and own:
        return settings | {"scanOnPush": True, "scanFrequency": "SCAN_ON_PUSH"}
    return settings | {"scanOnPush": settings["scanFrequency"] in ON_PUSH}


def _named(repository: Any, image: Any) -> dict[str, Any]:
    tag = {"imageTag": image.image_tag} if image.image_tag else {}
    return {
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "imageId": {"imageDigest": image.image_digest} | tag,
    }


def _now() -> datetime:
    return datetime.now(UTC)
