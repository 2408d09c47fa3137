"""Sends mail through Amazon SES, API version 2. botocore blocks, so every call runs in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import anyio.to_thread
from anyio import CapacityLimiter

from app.mail.texts import Text
from app.stores import aws

CONCURRENT_CALLS = 2


class MailError(Exception):
    """The mail was not accepted. The message is one of a few kinds: SES's own words quote addresses."""


class Mailer(Protocol):
    """Accepts mail, or raises."""

    async def send(self, to: str, text: Text) -> None:
        """Return when the mail was accepted. Errors: MailError."""

    def close(self) -> None:
        """Close the connections."""


class SesMailer:
    """Sends from one address, whose identity is verified in SES. It does not connect before the first mail."""

    def __init__(self, *, mail_from: str, region: str, endpoint_url: str | None) -> None:
        self.mail_from = mail_from
        connection = aws.ClientSettings(region=region, endpoint_url=endpoint_url, attempts=1)
        self.ses = aws.Client("sesv2", connection, max_pool_connections=CONCURRENT_CALLS)
        self.limiter = CapacityLimiter(CONCURRENT_CALLS)  # limits the threads that a slow SES can occupy

    async def send(self, to: str, text: Text) -> None:
        """Call SES SendEmail once: the outbox retries later. Errors: MailError."""
        await anyio.to_thread.run_sync(self.send_blocking, to, text, limiter=self.limiter)

    def send_blocking(self, to: str, text: Text) -> None:
        """Send on the calling thread."""
        content = {"Subject": plain(text.subject), "Body": {"Text": plain(text.body)}}
        with failures_translated():
            self.ses.get().send_email(
                FromEmailAddress=self.mail_from, Destination={"ToAddresses": [to]}, Content={"Simple": content}
            )

    def close(self) -> None:
        """Close the client's connections, if one was made."""
        self.ses.close()


def plain(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


@contextmanager
def failures_translated() -> Iterator[None]:
    """Translate SES's errors without their texts. The import belongs to the first call, not to the start."""
    from botocore.exceptions import BotoCoreError, ClientError  # pylint: disable=import-outside-toplevel

    try:
        yield
    except ClientError as exc:
        raise MailError(str(exc.response["Error"].get("Code", "unknown"))) from None
    except BotoCoreError as exc:
        raise MailError(type(exc).__name__) from None
