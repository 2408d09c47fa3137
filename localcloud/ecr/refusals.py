"""Errors of the registry API, in the form of the OCI Distribution Specification and with ECR's words."""

import json

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsResponse

VERSION = {"docker-distribution-api-version": "registry/2.0"}
OF_AWS = {
    "AccessDeniedException": ("DENIED", 403),
    "RepositoryNotFoundException": ("NAME_UNKNOWN", 404),
    "ImageNotFoundException": ("MANIFEST_UNKNOWN", 404),
    "ImageTagAlreadyExistsException": ("TAG_INVALID", 400),
    "ImageDigestDoesNotMatchException": ("DIGEST_INVALID", 400),
    "InvalidParameterException": ("MANIFEST_INVALID", 400),
}
"""Error of ECR's API -> the specification's code and HTTP status."""


class RegistryError(Exception):
    """An error for a registry's client; `code` is one of the specification's."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class NotLoggedIn(RegistryError):
    """The request has no login, which makes clients send it again with one."""

    def __init__(self, registry: str) -> None:
        super().__init__("UNAUTHORIZED", "Not Authorized", 401)
        self.challenge = f'Basic realm="{registry}",service="ecr.amazonaws.com"'


def of_aws(error: AwsError) -> RegistryError:
    """Return an error of ECR's API in the form of the registry."""
    code, status = OF_AWS.get(error.code, ("UNKNOWN", max(error.status, 400)))
    return RegistryError(code, error.message, status)


def refused(error: RegistryError) -> AwsResponse:
    """Return the response for an error."""
    body = json.dumps({"errors": [{"code": error.code, "message": error.message}]}).encode()
    challenge = {"www-authenticate": error.challenge} if isinstance(error, NotLoggedIn) else {}
    return AwsResponse(error.status, {**VERSION, **challenge, "content-type": "application/json"}, body)
