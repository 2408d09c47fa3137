"""The service's errors; problems.py turns each into a response. A program without a web server imports no framework.

AppError
├── InvalidInputError      422  the request cannot be used
├── UnauthenticatedError   401  no valid credentials
│   └── ConfirmationNeededError  valid ones, but proven too long ago for this
├── ForbiddenError         403  valid credentials of someone who may not do this
├── NotFoundError          404  it does not exist, or not for this user
├── ConflictError          409  it already exists
├── GoneError              410  it has expired
├── TooManyRequestsError   429  a quota is exceeded
│   ├── TooManyFailuresError  too many wrong passwords: wait
│   └── TooManyMailsError  too much mail was sent: wait
├── TooManyAtOnceError     429  the user has as many of these running as one user may
├── BadProviderResponseError 502  the identity provider's response cannot be used
└── UnavailableError       503  something the service needs does not respond
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar

RETRY_AFTER_S = 2


class AppError(Exception):
    """Base class: an expected failure with its status, a stable problem type and a sentence for the caller."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    problem_type: ClassVar[str] = "about:blank"
    # Whether the sentence never quotes what the caller sent, so that it may stand in a log.
    speaks_of_the_program: ClassVar[bool] = False
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class InvalidInputError(AppError):
    """The request cannot be used; `errors` says where."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    problem_type = "urn:spendsense:problem:invalid-input"


class UnauthenticatedError(AppError):
    """The request has no valid credentials."""

    status = HTTPStatus.UNAUTHORIZED
    problem_type = "urn:spendsense:problem:unauthenticated"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class ConfirmationNeededError(UnauthenticatedError):
    """The session is valid, but its user has to prove again who they are (RFC 9470)."""

    problem_type = "urn:spendsense:problem:confirmation-needed"

    def __init__(self, *, max_age_s: int) -> None:
        super().__init__(
            "This request requires your password again: POST it to /api/v1/account/confirmation, or log in again "
            "(through an identity provider: /api/v1/auth/oidc/login?fresh=true)",
            max_age_s=max_age_s,
        )
        challenge = 'Bearer error="insufficient_user_authentication", error_description="Log in again"'
        self.headers = MappingProxyType({"WWW-Authenticate": f'{challenge}, max_age="{max_age_s}"'})


class ForbiddenError(AppError):
    """The caller may not do this."""

    status = HTTPStatus.FORBIDDEN
    problem_type = "urn:spendsense:problem:forbidden"


class NotFoundError(AppError):
    """The resource does not exist, or belongs to another user: the response does not say which."""

    status = HTTPStatus.NOT_FOUND
    problem_type = "urn:spendsense:problem:not-found"


class ConflictError(AppError):
    """The object to be created already exists."""

    status = HTTPStatus.CONFLICT
    problem_type = "urn:spendsense:problem:conflict"


class GoneError(AppError):
    """The resource has expired."""

    status = HTTPStatus.GONE
    problem_type = "urn:spendsense:problem:gone"


class TooManyRequestsError(AppError):
    """A quota is exceeded; Retry-After says until when."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    problem_type = "https://iana.org/assignments/http-problem-types#quota-exceeded"


class TooManyAtOnceError(AppError):
    """The user has as many of these running as one user may."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    problem_type = "urn:spendsense:problem:too-many-at-once"
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_S)})


class TooManyFailuresError(TooManyRequestsError):
    """There were too many wrong passwords before; even the right one would not be checked."""

    problem_type = "urn:spendsense:problem:too-many-failures"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(f"{detail}: try again in {retry_after_s} s")
        self.headers = {"Retry-After": str(retry_after_s)}


class TooManyMailsError(TooManyRequestsError):
    """The user was sent as much mail of this kind as one user may have in an hour."""

    problem_type = "urn:spendsense:problem:too-many-mails"
    headers = MappingProxyType({"Retry-After": "3600"})


class BadProviderResponseError(AppError):
    """The identity provider's response cannot be used."""

    status = HTTPStatus.BAD_GATEWAY
    problem_type = "urn:spendsense:problem:bad-provider-answer"


class UnavailableError(AppError):
    """Something the service needs does not respond; the same request may succeed soon."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    problem_type = "urn:spendsense:problem:unavailable"
    speaks_of_the_program = True
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_S)})
