"""ECR: principals in policies must exist; sizes and scans of images."""

import json
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, replace, wrap
from localcloud.moto_only import image_scans
from localcloud.moto_only.principals import identities, invalid_principal

NOT_FOUND = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"


def patch() -> None:
    """moto checks only the form of these policies, and mistakes a configuration's size for the image's."""
    from moto.ecr.models import ECRBackend, Image

    for name in ("set_repository_policy", "put_registry_policy"):
        wrap(ECRBackend, name, checking(_check_principals))
    replace(Image, get_image_size_in_bytes)
    image_scans.patch()


def _check_principals(backend: Any, given: Mapping[str, Any]) -> None:
    if invalid_principal(given["policy_text"], identities(backend.account_id)):
        raise AwsError("InvalidParameterException", NOT_FOUND)


def get_image_size_in_bytes(self: Any) -> int | None:
    """Return the size of an image's layers; None for an index, which has none."""
    layers = json.loads(self.image_manifest).get("layers")
    return None if layers is None else sum(int(layer.get("size", 0)) for layer in layers)
