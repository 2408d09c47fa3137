"""Attempts to authenticate by password: each is counted before the password is checked.

Log-in, change of password and the confirmation before export and deletion count as the same kind of attempt: whoever
guesses at one of them has to wait at all of them.
"""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from starlette.types import Scope

from app.identity import known_addresses, repository
from app.identity.passwords import compare
from app.identity.resources import IdentityResources, IdentityResourcesDep
from app.platform.audit import Event, Reason
from app.platform.errors import TooManyFailuresError
from app.platform.rate_limit_middleware import address_of, take
from app.platform.rate_limits import user_subject

NOBODY = UUID(int=0)


class Found(NamedTuple):
    """The account of an e-mail address, if any, and whether it was logged in to from this address before."""

    email: str
    user_id: UUID | None
    password_hash: str | None
    address_is_known: bool


class CheckedPassword(NamedTuple):
    """The user whose password it is, the stored hash, and the hash to store from now on."""

    user_id: UUID
    password_hash: str
    kept_hash: str


async def log_in_attempt(request: Request, resources: IdentityResourcesDep) -> None:
    """Count an attempt to log in or to register, by its address. Errors: TooManyRequestsError."""
    await take(request.scope, resources.limiter, resources.limiter.login_address, address_of(request.scope))


LogInAttempt = Annotated[None, Depends(log_in_attempt)]


async def find(resources: IdentityResources, email: str, address: str) -> Found:
    """Find the account for an attempt from this address. Does the same queries when there is none."""
    async with resources.database.transaction() as connection:
        stored = await repository.user_by_email(connection, email)
        user_id = NOBODY if stored is None else stored.user.id
        known = await known_addresses.of_user(connection, user_id)
    is_known = resources.guard.known_address(user_id, address) in known
    if stored is None:
        return Found(email, None, None, is_known)
    return Found(email, user_id, stored.password_hash, is_known)


async def count(scope: Scope, resources: IdentityResources, found: Found, address: str) -> None:
    """Count the request against the quota of attempts. Errors: TooManyRequestsError."""
    limiter = resources.limiter
    if found.user_id is not None and found.address_is_known:
        await take(scope, limiter, limiter.login_known, f"{user_subject(found.user_id)}:{address}")
    else:
        await take(scope, limiter, limiter.login_address, address)


async def check_password(
    resources: IdentityResources, found: Found, password: str, address: str, event: Event
) -> CheckedPassword | None:
    """Check the password; return None when it is wrong or the account does not exist. Errors: TooManyFailuresError."""
    try:
        attempt = await resources.guard.take(found.email, address, known=found.address_is_known)
    except TooManyFailuresError:
        await failed(resources, Event.LOG_IN_DELAYED, found, Reason.TOO_MANY_FAILURES)
        raise
    # The attempt is counted before the result is known; if the client disconnects meanwhile, it stays counted.
    compared = await compare(password, found.password_hash, resources.password_hashes)
    if found.user_id is None or found.password_hash is None or not compared.matches:
        await failed(resources, event, found, reason_of(found))
        return None
    await resources.guard.give_back(attempt)
    return CheckedPassword(found.user_id, found.password_hash, compared.better_hash or found.password_hash)


async def failed(resources: IdentityResources, event: Event, found: Found, reason: Reason) -> None:
    """Record a failed attempt."""
    resources.audit.record(event, user_id=found.user_id, email=found.email, reason=reason)
    await resources.stuffing.failed(found.email)


def reason_of(found: Found) -> Reason:
    """Explain why a password did not match; only the log may know."""
    if found.user_id is None:
        return Reason.UNKNOWN_ACCOUNT
    return Reason.WRONG_PASSWORD if found.password_hash else Reason.NO_PASSWORD
