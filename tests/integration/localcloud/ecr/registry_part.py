"""ECR as a part of a test's cloud: its API, and the registry that clients push to."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.ecr.blobs import INTERNAL_NAME
from localcloud.ecr.distribution import Distribution
from localcloud.ecr.logins import Logins
from localcloud.ecr.registry import Registry
from localcloud.ecr.uploads import Uploads
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.host import Host
from localcloud.identity.callers import Callers
from localcloud.identity.sealing import Seal
from localcloud.protocol.internal import InternalRoute

SEAL = Seal(b"k" * 32)
caller_of = Callers("123456789012", SEAL).caller_of


class RegistryPart(Registry):
    """`passed`: how much later it is for logins and uploads."""

    def __init__(self, host: Host) -> None:
        self.passed = timedelta()
        logins = Logins(SEAL, host.endpoint_url, lambda: datetime.now(UTC) + self.passed)
        super().__init__(host, logins)
        directory = host.data_directory / "images" / "uploads"
        self.uploads = Uploads(directory, self.blobs, lambda: self.passed.total_seconds())
        self.permissions = Enforcer(host, Mode.ENFORCE)
        self.distribution = Distribution(self, self.uploads, logins, self.permissions.check_as)

    @property
    def internal_routes(self) -> dict[str, InternalRoute]:
        return {INTERNAL_NAME: self.blobs.answer}

    async def start(self) -> None:
        await self.permissions.start()

    async def stop(self) -> None:
        await self.permissions.stop()


async def password(cloud: Any, client: Any = None) -> str:
    """-> what `aws ecr get-login-password` prints."""
    asked = await asyncio.to_thread((client or cloud.client("ecr")).get_authorization_token)
    (data,) = asked["authorizationData"]
    user, _, found = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    return found
