"""Register, log in, stay logged in, log out."""

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.audit import Event, Reason
from app.errors import ConflictError, TooManyFailuresError, UnauthenticatedError
from app.identity import known_addresses, repository, sessions
from app.identity.passwords import compare, hash_of_new
from app.identity.schemas import Credentials, NewUser, Tokens, User
from app.identity.tokens import LIFETIME
from app.resources import Resources

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.identity.openid_connect import ExternalUser


NOBODY = UUID(int=0)


class Found(NamedTuple):
    """The account of an e-mail address, if there is one, and whether who asks has logged in to it from there before."""

    user_id: UUID | None
    password_hash: str | None
    address_is_known: bool


async def register(resources: Resources, new_user: NewUser) -> User:
    """Add a user. Errors: InvalidInputError for a password that is guessed early, ConflictError for a taken address."""
    password = new_user.password.get_secret_value()
    password_hash = await hash_of_new(password, resources.password_hashes, email=new_user.email)
    async with resources.database.transaction() as connection:
        user = await repository.add_user(connection, email=new_user.email, password_hash=password_hash)
    if user is None:
        resources.audit.record(Event.REGISTRATION, email=new_user.email, reason=Reason.TAKEN)
        raise ConflictError("A user with this e-mail address exists already: log in")
    resources.audit.record(Event.REGISTRATION, user_id=user.id)
    return user


async def find(resources: Resources, email: str, address: str) -> Found:
    """The account, as a log-in from this address meets it. Asks as much of the database when there is none."""
    async with resources.database.transaction() as connection:
        stored = await repository.stored_credentials(connection, email)
        user_id, password_hash = stored or (NOBODY, None)
        known = await known_addresses.of_user(connection, user_id)
    is_known = resources.guard.known_address(user_id, address) in known
    return Found(stored.user_id if stored else None, password_hash, is_known)


async def log_in(resources: Resources, credentials: Credentials, found: Found, address: str) -> Tokens:
    """Exchange credentials for tokens.

    Errors: UnauthenticatedError, which does not say what was wrong; TooManyFailuresError.
    """
    try:
        attempt = await resources.guard.take(credentials.email, address, known=found.address_is_known)
    except TooManyFailuresError:
        await failed(resources, Event.LOG_IN_DELAYED, credentials.email, found, Reason.TOO_MANY_FAILURES)
        raise
    password = credentials.password.get_secret_value()
    for _ in range(2):  # again when the hash was replaced meanwhile: with the password changed, all sessions ended
        # Before this says no, the attempt is counted; should the client leave meanwhile, it stays so.
        compared = await compare(password, found.password_hash, resources.password_hashes)
        if found.user_id is None or not compared.matches:
            break
        await resources.guard.give_back(attempt)
        attempt = None
        kept = compared.better_hash or found.password_hash
        async with resources.database.transaction() as connection:
            is_kept = await repository.keep_password_hash(
                connection, found.user_id, before=found.password_hash, now=kept
            )
            begun = await begin_session(resources, connection, found.user_id, address) if is_kept else None
        if begun is not None:
            resources.audit.record(Event.LOG_IN, user_id=found.user_id)
            return begun
        found = await find(resources, credentials.email, address)
    await failed(resources, Event.LOG_IN, credentials.email, found, reason_of(found))
    raise UnauthenticatedError("E-mail address or password is wrong")


async def failed(resources: Resources, event: Event, email: str, found: Found, reason: Reason) -> None:
    """Note an attempt that brought nothing."""
    resources.audit.record(event, user_id=found.user_id, email=email, reason=reason)
    await resources.stuffing.failed(email)


def reason_of(found: Found) -> Reason:
    """Why a password did not match, for the log alone."""
    if found.user_id is None:
        return Reason.UNKNOWN_ACCOUNT
    return Reason.WRONG_PASSWORD if found.password_hash else Reason.NO_PASSWORD


async def refresh(resources: Resources, refresh_token: str) -> Tokens:
    """Exchange a refresh token for new tokens, once. Errors: UnauthenticatedError; a used token ends its session."""
    async with resources.database.transaction() as connection:
        renewed = await sessions.renew(connection, refresh_token)
    # Outside: an error within would undo the end of the session.
    if isinstance(renewed, sessions.Reused):
        resources.audit.record(Event.SESSION_ENDED, user_id=renewed.user_id, reason=Reason.TOKEN_REUSED)
    if not isinstance(renewed, sessions.Renewed):
        raise UnauthenticatedError("The refresh token is not valid, was used already or has expired: log in again")
    return tokens(resources, renewed.user_id, renewed.refresh_token)


async def log_out(resources: Resources, refresh_token: str) -> None:
    """End the token's session, if it has one. Access tokens end by themselves."""
    async with resources.database.transaction() as connection:
        user_id = await sessions.end(connection, refresh_token)
    if user_id is not None:
        resources.audit.record(Event.LOG_OUT, user_id=user_id)


async def log_in_by_provider(resources: Resources, external: "ExternalUser", address: str) -> Tokens:
    """Log in whom the identity provider vouches for; the first time, register them.

    An account is never handed to a provider's user because the addresses are equal: whoever registered it with
    a password has not proven that the address is theirs, and would keep that password.
    Errors: ConflictError when the e-mail address belongs to another account.
    """
    is_new = False
    async with resources.database.transaction() as connection:
        user_id = await repository.user_of_identity(connection, issuer=external.issuer, subject=external.subject)
        if user_id is None:
            user = await repository.add_user(connection, email=external.email, password_hash=None)
            if user is None:
                raise ConflictError(
                    "A user with this e-mail address exists already: log in the way this account was registered"
                )
            user_id, is_new = user.id, True
            identity = {"issuer": external.issuer, "subject": external.subject}
            if not await repository.add_identity(connection, **identity, user_id=user_id):
                raise ConflictError("This account is being registered by another log-in: log in again")
        begun = await begin_session(resources, connection, user_id, address)
    if is_new:
        resources.audit.record(Event.REGISTRATION, user_id=user_id)
    resources.audit.record(Event.OIDC_LOG_IN, user_id=user_id)
    return begun


async def begin_session(resources: Resources, connection: "AsyncConnection", user_id: UUID, address: str) -> Tokens:
    """The first tokens of a new session, from an address that is known from then on.

    Errors: UnauthenticatedError when the account is being deleted.
    """
    if not await repository.user_exists(connection, user_id):
        raise UnauthenticatedError("This account no longer exists")
    await known_addresses.remember(connection, user_id, resources.guard.known_address(user_id, address))
    return tokens(resources, user_id, await sessions.begin(connection, user_id))


def tokens(resources: Resources, user_id: UUID, refresh_token: str) -> Tokens:
    """Both tokens on the wire."""
    return Tokens(
        access_token=resources.tokens.issue(user_id),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=refresh_token,
    )
