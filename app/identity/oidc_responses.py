"""Limits on an identity provider's responses: bounded in size and time, with the types OpenID Connect defines."""

import asyncio
import logging
from typing import Any, Self

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError

from app.platform.errors import BadProviderResponseError
from app.platform.failure_text import described

log = logging.getLogger(__name__)

RESPONSE_TIMEOUT_S = 5
# Discovery documents, key sets and tokens are a few KiB.
MAX_RESPONSE_BYTES = 256 * 1024


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Reads complete responses only, within RESPONSE_TIMEOUT_S in total and MAX_RESPONSE_BYTES.

    httpx's own timeouts restart with each byte received, and it keeps whatever is sent.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Errors: httpx2.TransportError; httpx2.ReadError also for a response that is too large or compressed."""
        # Compressed responses could grow beyond the bound while they are read.
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with asyncio.timeout(RESPONSE_TIMEOUT_S):
                return await self.read(request)
        except TimeoutError as exc:
            raise httpx2.ReadTimeout(f"no complete response within {RESPONSE_TIMEOUT_S} s", request=request) from exc

    async def read(self, request: httpx2.Request) -> httpx2.Response:
        """Read the response with its body into memory. Errors: httpx2.TransportError."""
        response = await super().handle_async_request(request)
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise httpx2.ReadError("the response is compressed", request=request)
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_RESPONSE_BYTES:
                    raise httpx2.ReadError(f"the response has more than {MAX_RESPONSE_BYTES} bytes", request=request)
        finally:
            await response.aclose()
        return httpx2.Response(response.status_code, headers=response.headers, content=bytes(body), request=request)


class ProviderResponse(BaseModel):
    """A JSON object of the provider; members that are not needed here are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def of(cls, response: httpx2.Response) -> Self:
        """Read a body. Errors: BadProviderResponseError."""
        try:
            return cls.model_validate_json(response.content)
        except ValidationError as exc:
            # Only places and types are named: the values may be tokens.
            problems = ", ".join(sorted({f"{place(error['loc'])} ({error['type']})" for error in exc.errors()})[:5])
            raise BadProviderResponseError(f"The identity provider's response cannot be used: {problems}") from None


class Discovery(ProviderResponse):
    """The members of a discovery document that a log-in needs (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: AnyHttpUrl
    token_endpoint: AnyHttpUrl
    jwks_uri: AnyHttpUrl
    userinfo_endpoint: AnyHttpUrl | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class PublishedKeys(ProviderResponse):
    """A JWK Set (RFC 7517, section 5), with the keys as they were sent."""

    keys: list[dict[str, Any]] = Field(max_length=200)

    def usable(self) -> "KeySet":
        """Return the readable keys and ignore others, as RFC 7517 asks. Errors: BadProviderResponseError for none."""
        keys = []
        for number, key in enumerate(self.keys):
            try:
                keys.append(JWKRegistry.import_key(key))
            except (JoseError, ValueError, TypeError, AttributeError, LookupError) as exc:
                log.warning(
                    "Ignored an unusable key",
                    extra={"action": "key_left_out", "number": number, "cause": described(exc)},
                )
        if not keys:
            raise BadProviderResponseError("The identity provider publishes no key that can be used")
        return KeySet(keys)


class TokenResponse(ProviderResponse):
    """The token endpoint's response, which may be an error (RFC 6749, sections 5.1 and 5.2)."""

    error: str | None = Field(default=None, max_length=100)
    error_description: str | None = None
    access_token: str | None = None
    token_type: str | None = None
    id_token: str | None = None
    expires_in: int | None = Field(default=None, ge=0, le=10**9)


class UserInformation(ProviderResponse):
    """Claims about the user (OpenID Connect Core 1.0, section 5.3.2). Some send the flag as text."""

    sub: str
    email: str | None = None
    email_verified: bool | str | None = None


def checked_token(response: httpx2.Response) -> httpx2.Response:
    """Validate a token endpoint's response before Authlib relies on its types. Errors: BadProviderResponseError."""
    if not response.is_server_error:
        TokenResponse.of(response)
    return response


def place(location: tuple[int | str, ...]) -> str:
    """Name a member of a response, for a message."""
    return ".".join(str(part) for part in location) or "the whole"
