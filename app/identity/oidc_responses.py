"""Limits on an identity provider's responses: bounded in size and time, with the types OpenID Connect defines."""

import asyncio
import logging
from typing import Any, Self

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError

from app.platform.errors import BadProviderAnswerError
from app.platform.failure_text import described

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 5
# Discovery documents, key sets and tokens are a few KiB.
ANSWER_MAX_BYTES = 256 * 1024


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Reads complete answers only, within ANSWER_TIMEOUT_S in total and ANSWER_MAX_BYTES.

    httpx's own timeouts restart with each byte received, and it keeps whatever is sent.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Errors: httpx2.TransportError; httpx2.ReadError also for a response that is too large or compressed."""
        # Compressed responses could grow beyond the bound while they are read.
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await self.read(request)
        except TimeoutError as exc:
            raise httpx2.ReadTimeout(f"no complete answer within {ANSWER_TIMEOUT_S} s", request=request) from exc

    async def read(self, request: httpx2.Request) -> httpx2.Response:
        """Read the response with its body into memory. Errors: httpx2.TransportError."""
        answer = await super().handle_async_request(request)
        try:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise httpx2.ReadError("the response is compressed", request=request)
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > ANSWER_MAX_BYTES:
                    raise httpx2.ReadError(f"the response has more than {ANSWER_MAX_BYTES} bytes", request=request)
        finally:
            await answer.aclose()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=bytes(body), request=request)


class ProviderAnswer(BaseModel):
    """A JSON object of the provider; members that are not needed here are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def of(cls, answer: httpx2.Response) -> Self:
        """Read a body. Errors: BadProviderAnswerError."""
        try:
            return cls.model_validate_json(answer.content)
        except ValidationError as exc:
            # Only places and types are named: the values may be tokens.
            problems = ", ".join(sorted({f"{place(error['loc'])} ({error['type']})" for error in exc.errors()})[:5])
            raise BadProviderAnswerError(f"The identity provider's answer cannot be used: {problems}") from None


class Discovery(ProviderAnswer):
    """The members of a discovery document that a log-in needs (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: AnyHttpUrl
    token_endpoint: AnyHttpUrl
    jwks_uri: AnyHttpUrl
    userinfo_endpoint: AnyHttpUrl | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class PublishedKeys(ProviderAnswer):
    """A JWK Set (RFC 7517, section 5), with the keys as they were sent."""

    keys: list[dict[str, Any]] = Field(max_length=200)

    def usable(self) -> "KeySet":
        """Return the readable keys and ignore others, as RFC 7517 asks. Errors: BadProviderAnswerError for none."""
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
            raise BadProviderAnswerError("The identity provider publishes no key that can be used")
        return KeySet(keys)


class TokenAnswer(ProviderAnswer):
    """The token endpoint's response, which may be an error (RFC 6749, sections 5.1 and 5.2)."""

    error: str | None = Field(default=None, max_length=100)
    error_description: str | None = None
    access_token: str | None = None
    token_type: str | None = None
    id_token: str | None = None
    expires_in: int | None = Field(default=None, ge=0, le=10**9)


class UserInformation(ProviderAnswer):
    """Claims about the user (OpenID Connect Core 1.0, section 5.3.2). Some send the flag as text."""

    sub: str
    email: str | None = None
    email_verified: bool | str | None = None


def checked_token(answer: httpx2.Response) -> httpx2.Response:
    """Validate a token endpoint's response before Authlib relies on its types. Errors: BadProviderAnswerError."""
    if not answer.is_server_error:
        TokenAnswer.of(answer)
    return answer


def place(location: tuple[int | str, ...]) -> str:
    """Name a member of a response, for a message."""
    return ".".join(str(part) for part in location) or "the whole"
