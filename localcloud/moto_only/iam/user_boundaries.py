"""Permissions boundaries of IAM's users: moto ignores the one of CreateUser, and lacks the operations."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result, wrap
from localcloud.moto_only.checks.identity_policies import check_boundary

ATTRIBUTE = "permissions_boundary_arn"
"""Moto's name for it in a role."""
KIND = "PermissionsBoundaryPolicy"


def patch() -> None:
    from moto.iam.models import User
    from moto.iam.responses import IamResponse

    user: Any = User
    user.permissions_boundary = property(_described)
    wrap(IamResponse, "create_user", _with_boundary)
    replace(IamResponse, put_user_permissions_boundary, delete_user_permissions_boundary)


def _described(user: Any) -> dict[str, str] | None:
    arn = getattr(user, ATTRIBUTE, None)
    return {"PermissionsBoundaryType": KIND, "PermissionsBoundaryArn": arn} if arn else None


def _with_boundary(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_user(self: Any) -> Any:
        arn = _checked(self)
        response = create(self)
        if arn:
            setattr(self.backend.get_user(self._get_param("UserName")), ATTRIBUTE, arn)
        return response

    return create_user


def put_user_permissions_boundary(self: Any) -> Any:
    user = self.backend.get_user(self._get_param("UserName"))
    setattr(user, ATTRIBUTE, _checked(self))
    return result({})


def delete_user_permissions_boundary(self: Any) -> Any:
    user = self.backend.get_user(self._get_param("UserName"))
    if not getattr(user, ATTRIBUTE, None):
        raise AwsError(
            "NoSuchEntity", f"Permissions boundary for user {user.name} cannot be found.", 404
        )  # our wording
    setattr(user, ATTRIBUTE, None)
    return result({})


def _checked(answering: Any) -> str | None:
    """Return the boundary that a request names. Errors: AwsError ValidationError, NoSuchEntity."""
    backend, arn = answering.backend, answering._get_param("PermissionsBoundary")
    if arn and not backend.policy_arn_regex.match(arn):
        raise AwsError("ValidationError", f"Value ({arn}) for parameter PermissionsBoundary is invalid.")
    check_boundary(backend, {"permissions_boundary": arn})
    return str(arn) if arn else None
