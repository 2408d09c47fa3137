"""Register and log in."""

from app.errors import ConflictError, UnauthenticatedError
from app.identity import repository
from app.identity.passwords import hash_password, password_matches
from app.identity.schemas import AccessToken, Credentials, NewUser, User
from app.identity.tokens import LIFETIME
from app.resources import Resources


async def register(resources: Resources, new_user: NewUser) -> User:
    """Add a user. Errors: ConflictError when the e-mail address is taken."""
    password_hash = await hash_password(new_user.password.get_secret_value(), resources.password_hashes)
    async with resources.database.transaction() as connection:
        user = await repository.add_user(connection, email=new_user.email, password_hash=password_hash)
    if user is None:
        raise ConflictError("A user with this e-mail address exists already: log in")
    return user


async def log_in(resources: Resources, credentials: Credentials) -> AccessToken:
    """Exchange credentials for a token. Errors: UnauthenticatedError, which does not say what was wrong."""
    async with resources.database.transaction() as connection:
        stored = await repository.stored_credentials(connection, credentials.email)
    matches = await password_matches(
        credentials.password.get_secret_value(),
        stored.password_hash if stored else None,
        resources.password_hashes,
    )
    if stored is None or not matches:
        raise UnauthenticatedError("E-mail address or password is wrong")
    token = resources.tokens.issue(stored.user_id)
    return AccessToken(access_token=token, expires_in=int(LIFETIME.total_seconds()))
