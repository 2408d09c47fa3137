"""Authorizes requests without a signature by the bucket's policy. `enforcement/` authorizes signed ones alone."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.authorization.policies import Statement, read_policy
from localcloud.authorization.principals import Grade
from localcloud.authorization.request import Request, applies, named
from localcloud.protocol.caller import NOBODY

if TYPE_CHECKING:
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

T = TypeVar("T")
_is_signed: ContextVar[bool] = ContextVar("is_signed", default=True)


def patch() -> None:
    """moto applies a Deny to every caller, whichever principals it names and whatever its condition."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    bucket: Any = FakeBucket
    bucket.get_permission = permission
    answering: Any = S3Response
    answering._key_response = _knowing_who_asks(answering._key_response)


def is_signed(response: S3Response) -> bool:
    """Return whether the current request has a signature, in a header or in its address."""
    return "Authorization" in response.headers or "Signature=" in response.uri


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Authorize a request without a signature, using only statements without conditions; leave others alone."""
    from moto.iam.access_control import PermissionResult

    if bucket.policy is None or _is_signed.get():
        return PermissionResult.NEUTRAL
    needed = "s3:GetObject" if action == "s3:HeadObject" else action
    asked = Request(principal=NOBODY.principal, action=needed, resource=resource)
    policy = read_policy(bucket.policy.decode(), bucket.name)
    fitting = [each for each in policy.statements if _fits(each, asked)]
    if any(not each.is_allow for each in fitting):
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if fitting else PermissionResult.NEUTRAL


def _fits(statement: Statement, asked: Request) -> bool:
    if statement.conditions or not applies(statement, asked):
        return False
    return named(statement, asked, has_boundary=False) is not Grade.NOT


def _knowing_who_asks(respond: Callable[..., T]) -> Callable[..., T]:
    @wraps(respond)
    def key_response(self: S3Response, *arguments: object, **named_arguments: object) -> T:
        token = _is_signed.set(is_signed(self))
        try:
            return respond(self, *arguments, **named_arguments)
        finally:
            _is_signed.reset(token)

    return key_response
