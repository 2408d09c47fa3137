"""The resources of log-in, sessions and mail confirmations."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends

from app.identity.guard import LogInGuard
from app.identity.live_sessions import LiveSessions
from app.identity.openid_connect import OpenIdProvider
from app.identity.stuffing import Stuffing
from app.identity.tokens import TokenSigner
from app.mail.sender import Sender
from app.platform.background import Bounded
from app.stores.resources import SharedResources, resources_of


@dataclass(frozen=True, kw_only=True)
class IdentityResources(SharedResources):
    """provider: None where no OpenID Connect provider is configured. password_hashes limits threads."""

    tokens: TokenSigner
    provider: OpenIdProvider | None
    guard: LogInGuard
    live_sessions: LiveSessions
    stuffing: Stuffing
    sender: Sender
    reset_requests: Bounded
    password_hashes: CapacityLimiter


IdentityResourcesDep = Annotated[IdentityResources, Depends(resources_of)]
