"""Whether an e-mail address is its account's: proven by a token that was mailed there, shown by who is logged in.

Both are needed. The token alone would let whoever owns the mailbox confirm, by mistake, the account that a stranger
registered with their address and whose password the stranger knows (ADR 28).
"""

from typing import TYPE_CHECKING
from uuid import UUID

from app.audit import Event, Reason
from app.errors import InvalidInputError, TooManyMailsError
from app.identity import repository
from app.identity.schemas import User
from app.mail import outbox
from app.mail.texts import Kind
from app.resources import Resources

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def ask(resources: Resources, connection: "AsyncConnection", user_id: UUID) -> None:
    """Have the first mail sent to who registers; after the commit wake the sender."""
    if resources.sender.mailer is not None:
        await outbox.put(connection, user_id, Kind.VERIFY_EMAIL)


async def ask_again(resources: Resources, user_id: UUID) -> None:
    """Have another mail sent, unless the address is verified. Errors: UnauthenticatedError, TooManyMailsError."""
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
        if user.email_verified_at is not None:
            return
        if not await outbox.may_have_another(connection, user_id, Kind.VERIFY_EMAIL):
            raise TooManyMailsError("Three mails were sent to this address within the hour: look there, also for spam")
        await outbox.put(connection, user_id, Kind.VERIFY_EMAIL)
    resources.sender.wake()


async def verify(resources: Resources, user_id: UUID, token: str) -> User:
    """Note that the address is the user's. Errors: UnauthenticatedError, InvalidInputError."""
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
    """The same for a token that never was, was used, has expired or is another user's."""
    detail = "The code is not valid, was used already or has expired: ask for another"
    return InvalidInputError(detail, errors=[{"location": "body.token", "message": detail}])
