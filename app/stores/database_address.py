"""The database's address with its password: from the environment, or from Secrets Manager, which rotates it."""

# pylint: disable=import-outside-toplevel

import asyncio
import json
import logging
from collections.abc import Collection
from typing import Self
from urllib.parse import quote, urlsplit

import anyio.to_thread

from app.platform.errors import UnavailableError
from app.platform.settings import DatabaseSettings, Environment
from app.stores import aws
from app.stores.database_tls import DatabaseTls

log = logging.getLogger(__name__)

# A rotation first sets the new password in the database and marks it as current last; in between it is pending. The
# current one is read again at the end: what was pending may have become current between the two reads.
STAGES = ("AWSCURRENT", "AWSPENDING", "AWSCURRENT")


class DatabaseAddress:
    """The address to connect to, and the user. Reads the secret when no password is known or the database refused it.

    url: postgresql://user[:password]@host:port/name. secret: JSON with `password`, and with `username`, `url` or both
    if these may change; a rotation need only change `password`. fallback_arn: a second secret that has the password
    once the first secret is deleted; it may be empty until then. Without secrets the address never changes. tls: None
    for TLS only where the address requests it.
    """

    def __init__(
        self,
        url: str,
        *,
        secret_arn: str | None,
        endpoint_url: str | None,
        fallback_arn: str | None = None,
        tls: DatabaseTls | None = None,
    ) -> None:
        self.url = url
        self.secret_arns = [arn for arn in (secret_arn, fallback_arn) if arn is not None]
        self.endpoint_url = endpoint_url
        self.tls = tls or DatabaseTls(is_required=False, ca_file=None)
        self.asking = asyncio.Lock()

    @classmethod
    def of(cls, settings: DatabaseSettings) -> Self:
        return cls(
            settings.database_url.get_secret_value(),
            secret_arn=settings.database_secret_arn,
            fallback_arn=settings.database_fallback_secret_arn,
            endpoint_url=settings.aws_endpoint_url,
            tls=DatabaseTls(
                is_required=settings.environment is not Environment.LOCAL, ca_file=settings.database_ca_file
            ),
        )

    async def present(self) -> str:
        """Return the address to try first; read it from the secret when the configured one has no password.

        Errors: UnavailableError when Secrets Manager does not respond.
        """
        if not self.secret_arns or urlsplit(self.url).password is not None:
            return self.url
        return await self.after_refusal([self.url]) or self.url

    async def after_refusal(self, refused: Collection[str]) -> str | None:
        """Return the address to try instead of the refused ones; None when there is no other.

        Errors: UnavailableError when Secrets Manager does not respond.
        """
        async with self.asking:
            if self.url not in refused:
                return self.url  # another connection was refused too and has already read the secret
            for arn in self.secret_arns:
                for stage in STAGES:
                    found = await anyio.to_thread.run_sync(self.read_blocking, arn, stage)
                    if found is not None and found not in refused:
                        self.url = found
                        log.warning(
                            "Reading the database's password from Secrets Manager",
                            extra={"action": "database_password_renewed", "stage": stage},
                        )
                        return found
            return None

    def read_blocking(self, arn: str, stage: str) -> str | None:
        """Return the address that one stage of a secret describes; None when there is no such secret or stage."""
        from botocore.exceptions import BotoCoreError, ClientError

        region = arn.split(":")[3]
        # A client for this one read: rotations are days apart.
        client = aws.client(
            "secretsmanager",
            aws.ClientSettings(
                region=region, endpoint_url=self.endpoint_url, connect_timeout_s=2, read_timeout_s=3, attempts=2
            ),
        )
        try:
            answer = client.get_secret_value(SecretId=arn, VersionStage=stage)
            secret = json.loads(answer["SecretString"])
            if arn != self.secret_arns[0] and "password" not in secret:
                return None  # the password has not moved to this secret yet
            return with_credentials(self.url, secret)
        except (client.exceptions.ResourceNotFoundException, client.exceptions.InvalidRequestException):
            return None  # InvalidRequestException: the secret is scheduled for deletion
        except (BotoCoreError, ClientError) as exc:
            raise UnavailableError("The database's password cannot be read") from exc
        except (AttributeError, KeyError, TypeError, ValueError):
            # Drop the cause: it quotes the secret.
            raise UnavailableError("The database's secret is not JSON with a password") from None
        finally:
            client.close()


def with_credentials(url: str, secret: dict[str, str]) -> str:
    """Return the address that a secret describes: its own `url` or the current one, with its user and password."""
    base = urlsplit(secret.get("url", url))
    login, _, server = base.netloc.rpartition("@")
    user = quote(secret["username"], safe="") if "username" in secret else login.partition(":")[0]
    return base._replace(netloc=f"{user}:{quote(secret['password'], safe='')}@{server}").geturl()
