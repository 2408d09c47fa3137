"""Holds the lock while something runs: renewed by a thread of its own, released at the end, also after a signal."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ops.aws.clients import Aws, error_code, explain
from ops.console import Console
from ops.errors import OpsError
from ops.locking import deploy_lock
from ops.locking.deploy_lock import BY_FORCE, LEASE_S, Lock
from ops.locking.holder import this_process

RENEWED_EVERY_S = LEASE_S / 5
NO_TABLE = "ResourceNotFoundException"
# The response for a missing table, to a role whose policy does not name it yet either.
DENIED = "AccessDeniedException"


@contextmanager
def held(
    aws: Aws, version: str, console: Console, *, force: bool = False, why_forced: str = BY_FORCE
) -> Iterator[None]:
    """Hold the environment's lock in this context. force: take it from any holder, for the reason `why_forced`.

    An environment whose Terraform was last applied before locks existed has neither table nor permission: a message
    says so. Errors: DeployRefused while somebody else holds it.
    """

    def say(text: str) -> None:
        console.say(text, style="yellow")

    lock = taken(aws, version, force=force, say=say, why_forced=why_forced)
    if lock is None:
        yield
        return
    ended = threading.Event()
    renewing = threading.Thread(target=renew_until, args=(aws, lock, ended, say), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        let_go(aws, lock, say)


def taken(
    aws: Aws, version: str, *, force: bool, say: Callable[[str], None], why_forced: str = BY_FORCE
) -> Lock | None:
    """Take the lock; None where the environment has no locks."""
    from botocore.exceptions import ClientError

    try:
        return deploy_lock.take(aws, this_process(aws), version, force=force, say=say, why_forced=why_forced)
    except ClientError as exc:
        if error_code(exc) not in (NO_TABLE, DENIED):
            raise
        table = aws.environment.lock_table
        why = (
            f"there is no table {table} of locks"
            if error_code(exc) == NO_TABLE
            else f"the caller is not allowed to use {table}"
        )
        say(f"{why}: apply the Terraform; continuing without a lock")
        return None


def renew_until(aws: Aws, lock: Lock, ended: threading.Event, say: Callable[[str], None]) -> None:
    """Renew a lock until the end. A failed renewal is retried; a lost lock is reported once."""
    from botocore.exceptions import BotoCoreError, ClientError

    while not ended.wait(RENEWED_EVERY_S):
        try:
            if deploy_lock.renew(aws, lock):
                continue
        except (BotoCoreError, ClientError, OpsError):
            continue  # the lease outlasts several renewals
        if not ended.is_set():
            say("somebody else took over or released this deploy's lock: see `spendsense lock status`")
        return


def let_go(aws: Aws, lock: Lock, say: Callable[[str], None]) -> None:
    """Release a lock. If that fails, it expires; the deploy's result stays the same."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        deploy_lock.release(aws, lock)
    except (BotoCoreError, ClientError, OpsError) as exc:
        explained = exc if isinstance(exc, OpsError) else explain(exc)
        why = explained.message if explained is not None else str(exc)
        say(f"the lock was not released, and expires within {LEASE_S} s: {why}")
