"""Password hashes: argon2id with OWASP's parameters, computed in a thread, from passwords in normal form."""

from typing import NamedTuple

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.identity.password_rules import normalized, refuse_guessable

# OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane; the memory limits how many log-ins run at a time.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when no user has the e-mail address, so that the response time reveals nothing.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c3BlbmRzZW5zZS1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Comparison(NamedTuple):
    """The result of a comparison. better_hash: to store from now on, if the stored one is outdated."""

    matches: bool
    better_hash: str | None = None


async def hash_of_new(password: str, limiter: CapacityLimiter, *, email: str, location: str = "body.password") -> str:
    """Hash a password that its user chose. location: of the password in the request.

    Errors: InvalidInputError when it is easy to guess.
    """

    def checked_and_hashed() -> str:
        refuse_guessable(password, email=email, location=location)
        return HASHER.hash(normalized(password))

    return await anyio.to_thread.run_sync(checked_and_hashed, limiter=limiter)


async def compare(password: str, stored_hash: str | None, limiter: CapacityLimiter) -> Comparison:
    """Compare; without a stored hash, take just as long and report no match."""
    return await anyio.to_thread.run_sync(compared, password, stored_hash or NOBODYS_HASH, limiter=limiter)


def compared(password: str, stored_hash: str) -> Comparison:
    """Compare on the calling thread: in normal form, then as typed, which older hashes were made from."""
    normal_form = normalized(password)
    if matches(normal_form, stored_hash):
        return Comparison(True, HASHER.hash(normal_form) if HASHER.check_needs_rehash(stored_hash) else None)
    if normal_form != password and matches(password, stored_hash):
        return Comparison(True, HASHER.hash(normal_form))
    return Comparison(False)


def matches(password: str, stored_hash: str) -> bool:
    try:
        return HASHER.verify(stored_hash, password)
    except VerifyMismatchError:
        return False
