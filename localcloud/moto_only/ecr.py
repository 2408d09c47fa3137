"""ECR: policies of repositories and of the registry name principals that there are; scans of images."""

from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap
from localcloud.moto_only import image_scans
from localcloud.moto_only.principals import identities, invalid_principal

NOT_FOUND = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"


def patch() -> None:
    """moto checks the form of these policies, and no principals."""
    from moto.ecr.models import ECRBackend

    for name in ("set_repository_policy", "put_registry_policy"):
        wrap(ECRBackend, name, checking(_check_principals))
    image_scans.patch()


def _check_principals(backend: Any, given: Mapping[str, Any]) -> None:
    if invalid_principal(given["policy_text"], identities(backend.account_id)):
        raise AwsError("InvalidParameterException", NOT_FOUND)
