"""Recent proof of who the user is: irreversible or revealing actions need more than a stolen access token.

A log-in counts as proof for MAX_AGE, and so does entering the password again. Users who log in only through an identity
provider log in again, with `?fresh=true`.
"""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.types import Scope

from app.identity import attempts, repository, sessions
from app.identity.attempts import CheckedPassword
from app.identity.bearer import SESSION, CurrentUserId
from app.identity.origins import Origin
from app.identity.password_rules import normalized
from app.identity.passwords import hash_of_new
from app.identity.resources import IdentityResources, IdentityResourcesDep
from app.mail import outbox
from app.mail.texts import Kind
from app.platform.audit import Event
from app.platform.errors import (
    ConfirmationNeededError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    UnauthenticatedError,
)

MAX_AGE = timedelta(minutes=5)


async def current_session_id(request: Request, _: CurrentUserId) -> UUID:
    """Return the session of the request's token. Errors: UnauthenticatedError for a token that does not name one."""
    session_id: UUID | None = request.scope[SESSION]
    if session_id is None:
        raise UnauthenticatedError("This access token was issued by an older release: refresh it, or log in again")
    return session_id


CurrentSessionId = Annotated[UUID, Depends(current_session_id)]


async def confirmed(session_id: CurrentSessionId, resources: IdentityResourcesDep) -> None:
    """Check that the session was authenticated recently. Errors: ConfirmationNeededError."""
    async with resources.database.transaction() as connection:
        if not await sessions.is_fresh(connection, session_id, MAX_AGE):
            raise ConfirmationNeededError(max_age_s=int(MAX_AGE.total_seconds()))


async def confirm(scope: Scope, resources: IdentityResources, user_id: UUID, session_id: UUID, password: str) -> None:
    """Accept the password as proof. Errors: as `require_password`."""
    found = await require_password(scope, resources, user_id, password, Event.CONFIRMATION)
    async with resources.database.transaction() as connection:
        is_kept = await repository.keep_password_hash(
            connection, user_id, before=found.password_hash, now=found.kept_hash
        )
        is_noted = is_kept and await sessions.authenticated(connection, session_id)
    if not is_noted:
        raise changed_meanwhile()
    resources.audit.record(Event.CONFIRMATION, user_id=user_id)


async def change_password(
    scope: Scope, resources: IdentityResources, user_id: UUID, session_id: UUID, current: str, new: str
) -> None:
    """Change the password, end every other session, revoke pending reset codes, and notify the owner by mail.

    Errors: as `require_password`, InvalidInputError for an unacceptable new password.
    """
    found = await require_password(scope, resources, user_id, current, Event.PASSWORD_CHANGE)
    location = "body.new_password"
    if normalized(new) == normalized(current):
        message = "should differ from the current password"
        raise InvalidInputError(f"{location}: {message}", errors=[{"location": location, "message": message}])
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
    new_hash = await hash_of_new(new, resources.password_hashes, email=user.email, location=location)
    async with resources.database.transaction() as connection:
        is_kept = await repository.keep_password_hash(connection, user_id, before=found.password_hash, now=new_hash)
        if not (is_kept and await sessions.authenticated(connection, session_id)):
            raise changed_meanwhile()
        ended = await sessions.end_all(connection, user_id, but=session_id)
        await outbox.withdraw(connection, user_id, Kind.RESET_PASSWORD)
        if resources.sender.mailer is not None and user.email_verified_at is not None:
            await outbox.put(connection, user_id, Kind.PASSWORD_CHANGED)
    resources.sender.wake()
    resources.audit.record(Event.PASSWORD_CHANGE, user_id=user_id, sessions_ended=len(ended))
    await resources.live_sessions.ended(ended)


async def require_password(
    scope: Scope, resources: IdentityResources, user_id: UUID, password: str, event: Event
) -> CheckedPassword:
    """Check the password; attempts count as log-in attempts do.

    Errors: ConflictError without a password, ForbiddenError for a wrong one, TooManyRequestsError,
    TooManyFailuresError, UnauthenticatedError when the account is gone.
    """
    address = Origin.of(scope).address
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
    found = await attempts.find(resources, user.email, address)
    if found.password_hash is None:
        raise ConflictError(
            "This account has no password: log in again through its identity provider, with `?fresh=true`"
        )
    await attempts.count(scope, resources, found, address)
    password_is = await attempts.check_password(resources, found, password, address, event)
    if password_is is None:
        raise ForbiddenError("The password is wrong")
    return password_is


def changed_meanwhile() -> ConflictError:
    return ConflictError("The password was changed or the session ended in the meantime: log in again")
