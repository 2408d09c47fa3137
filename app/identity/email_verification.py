"""Verification of an e-mail address: a mailed token proves the mailbox, and a logged-in user submits it.

Both are needed. With the token alone, the owner of a mailbox could confirm by mistake an account that a stranger
registered with their address and whose password the stranger knows (ADR 28).
"""

from typing import TYPE_CHECKING
from uuid import UUID

from app.identity import repository
from app.identity.resources import IdentityResources
from app.identity.schemas import User
from app.mail import outbox
from app.mail.texts import Kind
from app.platform.audit import Event, Reason
from app.platform.errors import InvalidInputError, TooManyMailsError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def ask(resources: IdentityResources, connection: "AsyncConnection", user_id: UUID) -> None:
    """Queue the first mail for a new user; wake the sender after the commit."""
    if resources.sender.mailer is not None:
        await outbox.put(connection, user_id, Kind.VERIFY_EMAIL)


async def ask_again(resources: IdentityResources, user_id: UUID) -> None:
    """Queue another mail, unless the address is verified. Errors: UnauthenticatedError, TooManyMailsError."""
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
        if user.email_verified_at is not None:
            return
        if not await outbox.may_have_another(connection, user_id, Kind.VERIFY_EMAIL):
            raise TooManyMailsError(
                "Three mails were sent to this address within the last hour: check its inbox and spam folder"
            )
        await outbox.put(connection, user_id, Kind.VERIFY_EMAIL)
    resources.sender.wake()


async def verify(resources: IdentityResources, user_id: UUID, token: str) -> User:
    """Record that the address is the user's. Errors: UnauthenticatedError, InvalidInputError."""
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
        owner = await outbox.owner_of(connection, token, Kind.VERIFY_EMAIL)
        if owner == user_id and await outbox.use(connection, token, Kind.VERIFY_EMAIL) == user_id:
            user = await repository.verify_email(connection, user_id)
        else:
            owner = None
    if owner is None:
        resources.audit.record(Event.EMAIL_VERIFIED, user_id=user_id, reason=Reason.BAD_TOKEN)
        raise bad_token()
    resources.audit.record(Event.EMAIL_VERIFIED, user_id=user_id)
    return user


def bad_token() -> InvalidInputError:
    """Return the same error for a token that never existed, was used, has expired or belongs to another user."""
    detail = "The code is invalid, has already been used or has expired: request a new one"
    return InvalidInputError(detail, errors=[{"location": "body.token", "message": detail}])
