"""A new password for users who forgot theirs, by a token mailed to the account's verified address.

The request is answered immediately, before anything looks up the account: neither the response nor its time reveals
whether the account exists. Using the token proves access to the mailbox again, and nothing new: the address was
verified before.
"""

import logging
from typing import TYPE_CHECKING
from uuid import UUID

from app.identity import known_addresses, repository, sessions
from app.identity.email_verification import bad_token
from app.identity.passwords import hash_of_new
from app.identity.resources import IdentityResources
from app.mail import outbox
from app.mail.texts import Kind
from app.platform.audit import Event, Reason
from app.platform.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger(__name__)


def begin(resources: IdentityResources, email: str) -> None:
    """Look up the account and queue the mail in the background: the caller does not wait."""
    if not resources.reset_requests.start(lambda: carried_out(resources, email)):
        log.warning("Dropped a request for a new password: too many at once", extra={"action": "reset_request_lost"})
        resources.sender.count("MailFailures")


async def carried_out(resources: IdentityResources, email: str) -> None:
    """Do the work and handle its errors, because nobody waits for them."""
    try:
        await request(resources, email)
    except UnavailableError as exc:
        cause = type(exc.__cause__ or exc).__name__
        log.warning(
            "Dropped a request for a new password: the database does not respond",
            extra={"action": "reset_request_lost", "cause": cause},
        )
        resources.sender.count("MailFailures")
    except Exception:  # pylint: disable=broad-exception-caught # nobody awaits this: the log is where it ends
        log.exception("Request for a new password failed", extra={"action": "reset_request_lost"})


async def request(resources: IdentityResources, email: str) -> None:
    """Queue the mail if the account may have one. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        found = await repository.user_by_email(connection, email)
        reason = await reason_against(connection, found)
        if found is not None and reason is None:
            await outbox.put(connection, found.user.id, Kind.RESET_PASSWORD)
    user_id = None if found is None else found.user.id
    resources.audit.record(
        Event.PASSWORD_RESET_REQUESTED, user_id=user_id, email=email if reason else None, reason=reason
    )
    if reason is None:
        resources.sender.wake()


async def reason_against(connection: "AsyncConnection", found: repository.StoredUser | None) -> Reason | None:
    """Explain why no mail is sent; None when one is."""
    if found is None:
        return Reason.UNKNOWN_ACCOUNT
    if found.password_hash is None:
        return Reason.NO_PASSWORD
    if found.user.email_verified_at is None:
        return Reason.UNVERIFIED
    if not await outbox.may_have_another(connection, found.user.id, Kind.RESET_PASSWORD):
        return Reason.QUOTA_EXCEEDED
    return None


async def reset(resources: IdentityResources, token: str, password: str) -> None:
    """Set the password, end every session, and notify the owner by mail.

    A token survives a refused password. Known addresses are forgotten: one may be the thief's.
    Errors: InvalidInputError for a token that does not work or a password that is easy to guess.
    """
    async with resources.database.transaction() as connection:
        owner = await outbox.owner_of(connection, token, Kind.RESET_PASSWORD)
        found = None if owner is None else await repository.user_by_id(connection, owner)
    if found is None:
        resources.audit.record(Event.PASSWORD_RESET, reason=Reason.BAD_TOKEN)
        raise bad_token()
    user = found.user
    password_hash = await hash_of_new(password, resources.password_hashes, email=user.email)
    async with resources.database.transaction() as connection:
        ended = await replace(connection, token, user.id, password_hash)
    if ended is None:
        resources.audit.record(Event.PASSWORD_RESET, user_id=user.id, reason=Reason.BAD_TOKEN)
        raise bad_token()
    resources.sender.wake()
    await resources.live_sessions.ended(ended)
    resources.audit.record(Event.PASSWORD_RESET, user_id=user.id, sessions_ended=len(ended))


async def replace(connection: "AsyncConnection", token: str, user_id: UUID, password_hash: str) -> list[UUID] | None:
    """Use up the token and set the hash; return the ended sessions, or None when the token was used meanwhile."""
    # Lock the user's row first, in the same order as the outbox.
    if not await repository.user_exists(connection, user_id):
        return None
    if await outbox.use(connection, token, Kind.RESET_PASSWORD) is None:
        return None
    await repository.set_password_hash(connection, user_id, password_hash)
    await known_addresses.forget_all(connection, user_id)
    await outbox.put(connection, user_id, Kind.PASSWORD_CHANGED)
    return await sessions.end_all(connection, user_id)
