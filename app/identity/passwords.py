"""Password hashes: argon2id with OWASP's parameters, computed in a thread."""

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane; the memory is what bounds log-ins at a time.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when no user has the e-mail address, so that the time of the answer does not tell.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c3BlbmRzZW5zZS1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


async def hash_password(password: str, limiter: CapacityLimiter) -> str:
    """Hash for storage."""
    return await anyio.to_thread.run_sync(HASHER.hash, password, limiter=limiter)


async def password_matches(password: str, stored_hash: str | None, limiter: CapacityLimiter) -> bool:
    """Compare; without a stored hash, take as long and say no."""
    return await anyio.to_thread.run_sync(matches, password, stored_hash or NOBODYS_HASH, limiter=limiter)


def matches(password: str, stored_hash: str) -> bool:
    """The comparison itself, on the calling thread."""
    try:
        return HASHER.verify(stored_hash, password)
    except VerifyMismatchError:
        return False
