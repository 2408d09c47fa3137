"""ECR's authorization tokens: passwords for the registry, each bound to whoever asked for it, for 12 hours."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from localcloud.authorization.principals import Principal
from localcloud.ecr.refusals import NotLoggedIn, RegistryError
from localcloud.identity.sealing import NoSession, Seal
from localcloud.identity.users import has_owner
from localcloud.protocol.caller import Caller
from localcloud.protocol.wire import AwsResponse, json_response

VALID = timedelta(hours=12)
USER = "AWS"


class Logins:
    """Issues the tokens, and reads them; nothing is stored, so they outlive a restart.

    `registry`: the URL to log in to. `now`: real time, since clients compare with it. `has_owner`: says whether the
    role or user of a token still exists.
    """

    def __init__(
        self,
        seal: Seal,
        registry: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        has_owner: Callable[[Principal], bool] = has_owner,
    ) -> None:
        self._seal = seal
        self._registry = registry
        self._now = now
        self._has_owner = has_owner

    def token(self, caller: Caller) -> AwsResponse:
        """Answer GetAuthorizationToken."""
        until = self._now() + VALID
        token = base64.b64encode(f"{USER}:{self._seal.password(caller, until)}".encode()).decode()
        data = {"authorizationToken": token, "expiresAt": until.timestamp(), "proxyEndpoint": self._registry}
        return json_response({"authorizationData": [data]})

    def caller_of(self, headers: Mapping[str, str]) -> Caller:
        """Return the caller who logged in, from a request's headers. Errors: RegistryError."""
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise NotLoggedIn(self._registry)
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
            caller, until = self._seal.login(password)
        except (ValueError, NoSession) as error:
            raise RegistryError("DENIED", "Your Authorization Token is invalid.", 403) from error
        if user != USER or not self._has_owner(caller.principal):
            raise RegistryError("DENIED", "Your Authorization Token is invalid.", 403)
        if until <= self._now():
            message = "Your authorization token has expired. Reauthenticate and try again."
            raise RegistryError("DENIED", message, 403)
        return caller
