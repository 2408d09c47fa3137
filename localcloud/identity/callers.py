"""Finds out who makes a request, by the credentials that signed it."""

from localcloud.protocol.caller import NOBODY, Caller, administrator
from localcloud.protocol.wire import CREDENTIAL_SCOPE, AwsRequest, credentials_of

ADMINISTRATOR = "test"
"""Access key and secret of the account's administrator."""


class Callers:
    """Knows everybody who can sign requests."""

    def __init__(self, account_id: str) -> None:
        self._administrator = administrator(account_id, ADMINISTRATOR)

    async def caller_of(self, request: AwsRequest) -> Caller:
        """Return who signed a request, which is as it was sent: its body is not decoded.

        Errors: AwsError InvalidClientTokenId, SignatureDoesNotMatch, ExpiredToken, RequestTimeTooSkewed and others,
        by the names that the service has for them.
        """
        return self._administrator if CREDENTIAL_SCOPE.search(credentials_of(request)) else NOBODY
