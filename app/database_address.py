"""The database's address with its password: from the environment, or from Secrets Manager, which rotates it."""

# pylint: disable=import-outside-toplevel

import asyncio
import json
import logging
from typing import Self
from urllib.parse import urlsplit

import anyio.to_thread

from app import aws
from app.errors import UnavailableError
from app.settings import DatabaseSettings

log = logging.getLogger(__name__)

# A rotation sets the new password in the database first and calls it current last; between the two it is pending.
STAGES = ("AWSCURRENT", "AWSPENDING")


class DatabaseAddress:
    """Where to connect and as whom. Asks Secrets Manager when it knows no password, or the database refused it.

    url: postgresql://user[:password]@host:port/name. secret: JSON with `password`, and `username`, `url` or both when
    these may change; a rotation need only change `password`. Without `secret_arn` the address never changes.
    """

    def __init__(self, url: str, *, secret_arn: str | None, endpoint_url: str | None) -> None:
        self.url = url
        self.secret_arn = secret_arn
        self.endpoint_url = endpoint_url
        self.asking = asyncio.Lock()

    @classmethod
    def of(cls, settings: DatabaseSettings) -> Self:
        """The address these settings describe."""
        return cls(
            settings.database_url.get_secret_value(),
            secret_arn=settings.database_secret_arn,
            endpoint_url=settings.aws_endpoint_url,
        )

    async def present(self) -> str:
        """The address to try first; from the secret when the environment's has no password.

        Errors: UnavailableError when Secrets Manager does not answer.
        """
        if self.secret_arn is None or urlsplit(self.url).password is not None:
            return self.url
        return await self.after_refusal(self.url) or self.url

    async def after_refusal(self, refused: str) -> str | None:
        """The address to try in place of one that was refused; None when there is no other.

        Errors: UnavailableError when Secrets Manager does not answer.
        """
        async with self.asking:
            if self.url != refused:
                return self.url  # another connection met the same and has asked
            if self.secret_arn is None:
                return None
            for stage in STAGES:
                found = await anyio.to_thread.run_sync(self.read_blocking, stage)
                if found is not None and found != refused:
                    self.url = found
                    log.warning(
                        "Taking the database's password from Secrets Manager",
                        extra={"action": "database_password_renewed", "stage": stage},
                    )
                    return found
            return None

    def read_blocking(self, stage: str) -> str | None:
        """The address that one stage of the secret describes; None when the secret has no such stage."""
        from botocore.exceptions import BotoCoreError, ClientError

        region = str(self.secret_arn).split(":")[3]
        # Made for this one question: rotations are days apart.
        client = aws.client(
            "secretsmanager",
            aws.Reach(
                region=region, endpoint_url=self.endpoint_url, connect_timeout_s=2, answer_timeout_s=3, attempts=2
            ),
        )
        try:
            answer = client.get_secret_value(SecretId=self.secret_arn, VersionStage=stage)
            return with_credentials(self.url, json.loads(answer["SecretString"]))
        except client.exceptions.ResourceNotFoundException:
            return None
        except (BotoCoreError, ClientError) as exc:
            raise UnavailableError("The database's password cannot be read") from exc
        except (KeyError, TypeError, ValueError):
            # Without the cause: it quotes the secret.
            raise UnavailableError("The database's secret is not JSON with a password") from None
        finally:
            client.close()


def with_credentials(url: str, secret: dict[str, str]) -> str:
    """The address a secret describes: its own `url` or the present one, with its user and password."""
    from sqlalchemy import make_url

    base = make_url(secret.get("url", url))
    changed = base.set(username=secret.get("username", base.username), password=secret["password"])
    return changed.render_as_string(hide_password=False)
