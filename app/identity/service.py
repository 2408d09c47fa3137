"""Register, log in, stay logged in, log out."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.identity import email_verification, known_addresses, repository, sessions
from app.identity.attempts import Found, check_password, find
from app.identity.origins import Origin
from app.identity.passwords import hash_of_new
from app.identity.resources import IdentityResources
from app.identity.schemas import Credentials, NewUser, Tokens, User
from app.identity.tokens import LIFETIME
from app.platform.audit import Event, Reason
from app.platform.errors import ConflictError, UnauthenticatedError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.identity.openid_connect import ExternalUser


async def register(resources: IdentityResources, new_user: NewUser) -> User:
    """Add a user. Errors: InvalidInputError for a password that is easy to guess, ConflictError for a taken address."""
    password = new_user.password.get_secret_value()
    password_hash = await hash_of_new(password, resources.password_hashes, email=new_user.email)
    async with resources.database.transaction() as connection:
        user = await repository.add_user(connection, email=new_user.email, password_hash=password_hash)
        if user is not None:
            await email_verification.ask(resources, connection, user.id)
    if user is None:
        resources.audit.record(Event.REGISTRATION, email=new_user.email, reason=Reason.TAKEN)
        raise ConflictError("A user with this e-mail address already exists: log in")
    resources.sender.wake()
    resources.audit.record(Event.REGISTRATION, user_id=user.id)
    return user


async def log_in(resources: IdentityResources, credentials: Credentials, found: Found, origin: Origin) -> Tokens:
    """Exchange credentials for tokens.

    Errors: UnauthenticatedError, which does not say what was wrong; TooManyFailuresError.
    """
    checked = await check_password(
        resources, found, credentials.password.get_secret_value(), origin.address, Event.LOG_IN
    )
    if checked is None:
        raise UnauthenticatedError("The e-mail address or the password is wrong")
    async with resources.database.transaction() as connection:
        is_kept = await repository.keep_password_hash(
            connection, checked.user_id, before=checked.password_hash, now=checked.kept_hash
        )
        session = await begin_session(resources, connection, checked.user_id, origin) if is_kept else None
    if session is None:
        # The hash was replaced meanwhile; if the password was changed, all sessions have ended, including this one.
        found = await find(resources, credentials.email, origin.address)
        return await log_in(resources, credentials, found, origin)
    resources.audit.record(Event.LOG_IN, user_id=checked.user_id)
    return await tokens_of_new_session(resources, checked.user_id, session)


async def refresh(resources: IdentityResources, refresh_token: str, origin: Origin) -> Tokens:
    """Exchange a refresh token for new tokens, once. Errors: UnauthenticatedError; reusing a token ends its session."""
    async with resources.database.transaction() as connection:
        renewed = await sessions.renew(connection, refresh_token, origin)
    # Outside the transaction: an error inside would undo the end of the session.
    if isinstance(renewed, sessions.Reused):
        resources.audit.record(Event.SESSION_ENDED, user_id=renewed.user_id, reason=Reason.TOKEN_REUSED)
        await resources.live_sessions.ended([renewed.session_id])
    if not isinstance(renewed, sessions.Renewed):
        raise UnauthenticatedError("The refresh token is invalid, has already been used or has expired: log in again")
    return tokens(resources, renewed.user_id, renewed.session_id, renewed.refresh_token)


async def log_out(resources: IdentityResources, refresh_token: str) -> None:
    """End the token's session, if it has one, and its access tokens."""
    async with resources.database.transaction() as connection:
        user_id = await sessions.end(connection, refresh_token)
    if user_id is not None:
        resources.audit.record(Event.LOG_OUT, user_id=user_id)
        await resources.live_sessions.ended([sessions.parts_of(refresh_token)[0]])


async def log_in_by_provider(resources: IdentityResources, external: "ExternalUser", origin: Origin) -> Tokens:
    """Log in the user the identity provider vouches for; register them the first time.

    An account with a password and the same address is theirs only if its owner has confirmed the address (ADR 28):
    otherwise whoever registered it has not proven that the address is theirs, and would keep that password.
    Errors: ConflictError when the e-mail address belongs to such an account.
    """
    is_new = False
    async with resources.database.transaction() as connection:
        user_id = await repository.user_of_identity(connection, issuer=external.issuer, subject=external.subject)
        if user_id is None:
            user = await repository.add_user(connection, email=external.email, password_hash=None, is_verified=True)
            other = None if user else await repository.user_by_email(connection, external.email)
            if user is not None:
                user_id, is_new = user.id, True
            elif other is not None and other.user.email_verified_at is not None:
                user_id = other.user.id
            else:
                raise ConflictError(
                    "A user with this e-mail address already exists: log in as when you registered, "
                    "then confirm the address"
                )
            identity = {"issuer": external.issuer, "subject": external.subject}
            if not await repository.add_identity(connection, **identity, user_id=user_id):
                raise ConflictError("Another log-in is registering this account at the moment: log in again")
        authenticated_at = external.authenticated_at
        session = await begin_session(resources, connection, user_id, origin, authenticated_at=authenticated_at)
    if is_new:
        resources.audit.record(Event.REGISTRATION, user_id=user_id)
    resources.audit.record(Event.OIDC_LOG_IN, user_id=user_id)
    return await tokens_of_new_session(resources, user_id, session)


async def begin_session(
    resources: IdentityResources,
    connection: "AsyncConnection",
    user_id: UUID,
    origin: Origin,
    *,
    authenticated_at: datetime | None = None,
) -> sessions.NewSession:
    """Begin a session and remember its address as known. authenticated_at: None for now.

    Errors: UnauthenticatedError when the account is being deleted.
    """
    if not await repository.user_exists(connection, user_id):
        raise UnauthenticatedError("This account no longer exists")
    await known_addresses.remember(connection, user_id, resources.guard.known_address(user_id, origin.address))
    return await sessions.begin(connection, user_id, origin, authenticated_at=authenticated_at)


async def tokens_of_new_session(resources: IdentityResources, user_id: UUID, session: sessions.NewSession) -> Tokens:
    """Return the tokens of a committed session, once the sessions that ended for it are invalidated everywhere."""
    await resources.live_sessions.ended(session.ended)
    return tokens(resources, user_id, session.session_id, session.refresh_token)


def tokens(resources: IdentityResources, user_id: UUID, session_id: UUID, refresh_token: str) -> Tokens:
    return Tokens(
        access_token=resources.tokens.issue(user_id, session_id),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=refresh_token,
    )
