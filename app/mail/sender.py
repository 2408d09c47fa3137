"""Sends what waits in the outbox, one mail at a time, without occupying a database connection meanwhile.

Each task does so; a mail is sent by one of them. Mail that SES does not accept is retried after a minute, then at
longer intervals, five times at most. If a task dies in between, another one sends the mail: it may arrive twice, but is
not lost.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from app.mail import outbox
from app.mail.mailer import Mailer, MailError
from app.mail.outbox import MOST_ATTEMPTS, Claimed
from app.mail.texts import text_of
from app.platform.errors import UnavailableError
from app.platform.metrics import Metrics
from app.stores.database import Database

log = logging.getLogger(__name__)

LOOKED_EVERY_S = 30.0


class Sender:
    """The sending loop. Belongs to the event loop. mailer: None where mail is switched off."""

    def __init__(self, database: Database, mailer: Mailer | None) -> None:
        self.database = database
        self.mailer = mailer
        self.metrics: Metrics | None = None
        self.woken = asyncio.Event()

    def wake(self) -> None:
        """Look for mail now: one was queued."""
        self.woken.set()

    async def run(self) -> None:
        """Send until cancelled, when woken and at intervals; do nothing when mail is switched off."""
        if self.mailer is None:
            return
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKED_EVERY_S):
                    await self.woken.wait()
            self.woken.clear()
            try:
                while await self.send_one(self.mailer):
                    pass
            except UnavailableError:
                continue  # already logged where it happened
            # Nobody awaits this task, so its errors end here and it continues.
            except Exception:  # pylint: disable=broad-exception-caught
                log.exception("Sending mail failed", extra={"action": "mail_sender_failed"})

    async def send_one(self, mailer: Mailer) -> bool:
        """Send the next mail that is due; return False when none is. Errors: UnavailableError."""
        async with self.database.transaction() as connection:
            mail = await outbox.claim(connection)
        if mail is None:
            return False
        fields = {"mail": str(mail.id), "kind": mail.kind.value, "attempt": mail.attempts}
        try:
            await mailer.send(mail.email, text_of(mail.kind, mail.token))
        except MailError as exc:
            await self.not_sent(mail, fields, str(exc))
            return True
        log.info("Mail sent", extra={"action": "mail_sent", **fields})
        await self.remove(mail)
        return True

    async def not_sent(self, mail: Claimed, fields: Mapping[str, object], cause: str) -> None:
        """Count and log the failure; give up after the last attempt."""
        self.count("MailFailures")
        if mail.attempts < MOST_ATTEMPTS:
            log.warning("Mail not sent, will be retried", extra={"action": "mail_failed", **fields, "cause": cause})
            return
        log.error("Mail given up after repeated failures", extra={"action": "mail_given_up", **fields, "cause": cause})
        await self.remove(mail)

    async def remove(self, mail: Claimed) -> None:
        async with self.database.transaction() as connection:
            await outbox.remove(connection, mail.id)

    def count(self, event: str) -> None:
        if self.metrics is not None:
            self.metrics.count(event)
