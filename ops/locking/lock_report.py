"""`spendsense lock status` and `lock release`: show the holder of the environment's lock, and release it by hand."""

from dataclasses import dataclass

from ops.aws.clients import Aws, error_code
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import NotFound
from ops.guide import command_in
from ops.locking import deploy_lock
from ops.locking.deploy_lock import Lock, reason_to_take, refusal
from ops.locking.held import NO_TABLE
from ops.locking.holder import has_ended, this_process


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """The JSON form is a contract for scripts. lock: None when the environment is free.

    process_ended: its holder was a process of this machine that no longer runs.
    """

    environment: EnvironmentName
    lock: Lock | None
    released: bool = False
    process_ended: bool = False

    @property
    def exit_code(self) -> int:
        return 0

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment.value,
            "locked": self.lock is not None and not self.lock.has_expired and not self.released,
            "released": self.released,
            "lock": self.lock.as_json() | {"process_ended": self.process_ended} if self.lock else None,
        }

    def show(self, console: Console) -> None:
        if self.lock is None:
            console.result(f"{self.environment} is not locked")
        elif self.released:
            console.result(f"released the lock of {self.lock}")
        elif self.lock.has_expired:
            console.result(f"the lock of {self.lock} expired at {self.lock.expiry:%H:%M:%SZ}: the next deploy takes it")
        else:
            ended = "; its process has ended: the next deploy takes the lock over" if self.process_ended else ""
            console.result(
                f"{self.environment} is locked by {self.lock}; expires at {self.lock.expiry:%H:%M:%SZ}{ended}"
            )


def status(aws: Aws) -> LockReport:
    """Return who holds the lock. Errors: NotFound without a table of locks."""
    lock = present(aws)
    return LockReport(environment=aws.environment.name, lock=lock, process_ended=has_died(aws, lock))


def release(aws: Aws, *, force: bool) -> LockReport:
    """Free a lock that has expired or whose process has ended; force: any lock. Errors: DeployRefused, NotFound."""
    lock = present(aws)
    if lock is None:
        return LockReport(environment=aws.environment.name, lock=None)
    if not force and reason_to_take(lock, this_process(aws)) is None:
        raise refusal(aws, lock)
    return LockReport(
        environment=aws.environment.name,
        lock=lock,
        process_ended=has_died(aws, lock),
        released=deploy_lock.release(aws, lock),
    )


def has_died(aws: Aws, lock: Lock | None) -> bool:
    return lock is not None and has_ended(lock.holder, this_process(aws))


def present(aws: Aws) -> Lock | None:
    from botocore.exceptions import ClientError

    try:
        return deploy_lock.read(aws)
    except ClientError as exc:
        if error_code(exc) != NO_TABLE:
            raise
        where = aws.environment
        raise NotFound(
            f"there is no table {where.lock_table} of locks",
            next_step=f"apply the Terraform of this environment; compare: `{command_in(where, 'plan')}`",
        ) from exc
