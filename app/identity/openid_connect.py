"""Log-in through an OpenID Connect provider: authorization code with PKCE, state and nonce.

No provider is known by name: endpoints and keys come from the discovery document. The state of a log-in is kept in the
browser that began it (endpoints.py), so any task can finish it. Authlib and joserfc are imported at the first log-in.
"""

# pylint: disable=import-outside-toplevel

import hmac
import secrets
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from app.identity.schemas import EmailAddress
from app.platform import api
from app.platform.errors import UnauthenticatedError, UnavailableError
from app.platform.settings import Settings

if TYPE_CHECKING:
    import httpx2
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from joserfc.jwk import KeySet

    from app.identity.oidc_responses import Discovery, UserInformation

PATH = f"{api.PREFIX}/auth/oidc"
METADATA_KEPT_S = 3600
KEYS_REFETCHED_AT_MOST_EVERY_S = 60
CLOCK_LEEWAY_S = 60
TIME_TO_LOG_IN = timedelta(minutes=10)
"""The longest time that a log-in may take, and the greatest age of a log-in that has to be fresh."""
# Only algorithms with which nobody but the provider can sign. With HS256 anybody who knows our client secret could, and
# `none` needs no key at all.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
SCOPE = "openid email"
WELL_KNOWN = "/.well-known/openid-configuration"
ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """The state of a log-in that the browser has to bring back."""

    state: str
    nonce: str
    code_verifier: str
    is_fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUser:
    """The user the provider vouches for: `subject` is permanent, `email` is verified.

    authenticated_at: when the user authenticated there; None where the provider does not say.
    """

    issuer: str
    subject: str
    email: str
    authenticated_at: datetime | None = None


class OpenIdProvider:
    """One provider and our client there. It does not connect before the first log-in.

    Errors: UnavailableError when the provider cannot be used, UnauthenticatedError when the log-in is not valid.
    """

    def __init__(self, *, issuer: str, client_id: str, client_secret: str | None, redirect_uri: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uri = redirect_uri
        self.known_metadata: Discovery | None = None
        self.metadata_at = 0.0
        self.known_keys: KeySet | None = None
        self.keys_at = 0.0

    @classmethod
    def of(cls, settings: Settings) -> "OpenIdProvider | None":
        """Make the provider that these settings describe; None if they describe none."""
        if not (settings.oidc_issuer and settings.oauth_client_id and settings.public_url):
            return None
        secret = settings.oauth_client_secret
        return cls(
            issuer=settings.oidc_issuer,
            client_id=settings.oauth_client_id.get_secret_value(),
            client_secret=secret.get_secret_value() if secret else None,
            redirect_uri=f"{settings.public_url}{PATH}/callback",
        )

    async def begin(self, *, fresh: bool = False) -> tuple[str, PendingLogin]:
        """Return the URL for the browser and what it has to bring back. fresh: the provider has to authenticate the
        user again.
        """
        pending = PendingLogin(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            is_fresh=fresh,
        )
        metadata = await self.metadata()
        async with self.client(metadata) as client:
            url, _ = client.create_authorization_url(
                str(metadata.authorization_endpoint),
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.code_verifier,
                # Not 0, which some providers treat as absent.
                **({"max_age": "1"} if fresh else {}),
            )
        return str(url), pending

    async def finish(self, pending: PendingLogin, *, code: str, state: str, issuer: str | None) -> ExternalUser:
        """Exchange the code and check the ID token. issuer: the `iss` parameter of RFC 9207, if present."""
        if not hmac.compare_digest(state.encode(), pending.state.encode()):
            refuse("the response belongs to another log-in (state)")
        if issuer is not None and issuer != self.issuer:
            refuse("the response comes from another provider (iss)")
        metadata = await self.metadata()
        async with self.client(metadata) as client:
            token = await self.exchange(client, metadata, code, pending.code_verifier)
            claims = await self.verified_claims(token, pending.nonce)
            subject = claims["sub"]
            if "email" not in claims and metadata.userinfo_endpoint is not None:
                if claims.get("email_verified") in (False, "false"):
                    refuse("the provider has not verified an e-mail address of yours")
                # Address and flag come from one place: the token's flag is not about an address it does not contain.
                user = await self.userinfo(client, str(metadata.userinfo_endpoint), claims["sub"])
                claims = {**claims, "email": user.email, "email_verified": user.email_verified}
        return ExternalUser(
            issuer=self.issuer,
            subject=subject,
            email=verified_email(claims),
            authenticated_at=authenticated_at(claims, is_fresh=pending.is_fresh),
        )

    async def metadata(self) -> "Discovery":
        """Return the discovery document; fetched at most once an hour. Errors: also BadProviderResponseError."""
        from app.identity.oidc_responses import Discovery

        if self.known_metadata is None or time.monotonic() - self.metadata_at > METADATA_KEPT_S:
            found = Discovery.of(await self.get(self.issuer.removesuffix("/") + WELL_KNOWN))
            if found.issuer != self.issuer:
                raise UnavailableError("The identity provider's discovery document names another issuer")
            self.known_metadata, self.metadata_at = found, time.monotonic()
        return self.known_metadata

    def client(self, metadata: "Discovery") -> "AsyncOAuth2Client":
        """Make Authlib's client for one log-in."""
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        from app.identity.oidc_responses import BoundedTransport, checked_token

        offered = metadata.token_endpoint_auth_methods_supported
        by_header = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        client = AsyncOAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            token_endpoint_auth_method=by_header if self.client_secret else "none",
            scope=SCOPE,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            transport=BoundedTransport(verify=self.tls),
            leeway=0,  # its access token is used once, immediately
        )
        client.register_compliance_hook("access_token_response", checked_token)
        return client

    async def exchange(
        self, client: "AsyncOAuth2Client", metadata: "Discovery", code: str, code_verifier: str
    ) -> dict[str, Any]:
        """Exchange the code for the provider's tokens."""
        import httpx2
        from authlib.common.errors import AuthlibBaseError

        try:
            token: dict[str, Any] = await client.fetch_token(
                str(metadata.token_endpoint), grant_type="authorization_code", code=code, code_verifier=code_verifier
            )
        except AuthlibBaseError as exc:
            refuse(f"the provider does not accept the code ({exc.error})", exc)
        except (httpx2.HTTPError, ValueError) as exc:
            raise UnavailableError("The identity provider does not respond") from exc
        return token

    async def verified_claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Return the ID token's claims once the signature and every claim of OpenID Connect Core 3.1.3.7 are verified.

        The provider can sign anything: Authlib and joserfc assume the types of claims and headers, and raise TypeError
        and the like for others.
        """
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError, MissingKeyError

        text = token.get("id_token")
        if not isinstance(text, str):
            refuse("the provider sent no ID token")
        try:
            try:
                decoded = jwt.decode(text, await self.keys(), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, MissingKeyError):
                # The provider may have rotated its keys since they were fetched.
                decoded = jwt.decode(text, await self.keys(refetch=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.client_id},
                },
                params={"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")},
            )
            claims.validate(leeway=CLOCK_LEEWAY_S)
        except (JoseError, ValueError, TypeError, AttributeError, LookupError) as exc:
            refuse("the ID token is not valid", exc)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255 or not claims["sub"].isprintable():
            refuse("the ID token's subject is not valid")
        return dict(claims)

    async def keys(self, *, refetch: bool = False) -> "KeySet":
        """Return the provider's public keys. refetch: at most once a minute. Errors: BadProviderResponseError."""
        from app.identity.oidc_responses import PublishedKeys

        age_s = time.monotonic() - self.keys_at
        if self.known_keys is None or age_s > METADATA_KEPT_S or (refetch and age_s > KEYS_REFETCHED_AT_MOST_EVERY_S):
            metadata = await self.metadata()
            found = PublishedKeys.of(await self.get(str(metadata.jwks_uri)))
            self.known_keys, self.keys_at = found.usable(), time.monotonic()
        return self.known_keys

    async def userinfo(self, client: "AsyncOAuth2Client", url: str, subject: str) -> "UserInformation":
        """Fetch more claims about the same user. Errors: also BadProviderResponseError."""
        import httpx2
        from authlib.common.errors import AuthlibBaseError

        from app.identity.oidc_responses import UserInformation

        try:
            answer = (await client.get(url)).raise_for_status()
        except (AuthlibBaseError, httpx2.HTTPError) as exc:
            raise UnavailableError("The identity provider does not respond") from exc
        found = UserInformation.of(answer)
        if found.sub != subject:
            refuse("the provider's user information is someone else's")
        return found

    async def get(self, url: str) -> "httpx2.Response":
        """Fetch a public document of the provider."""
        import httpx2

        from app.identity.oidc_responses import BoundedTransport

        try:
            async with httpx2.AsyncClient(transport=BoundedTransport(verify=self.tls)) as client:
                return (await client.get(url)).raise_for_status()
        except httpx2.HTTPError as exc:
            raise UnavailableError("The identity provider does not respond") from exc

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Made once: reading all CA certificates takes time."""
        return ssl.create_default_context()


def verified_email(claims: dict[str, Any]) -> str:
    """Return the address if the provider has verified it. Some providers send the flag as text."""
    if claims.get("email_verified") not in (True, "true"):
        refuse("the provider has not verified an e-mail address of yours")
    try:
        return ADDRESS.validate_python(claims.get("email"))
    except ValidationError as exc:
        refuse("the e-mail address that the provider has for you is not valid", exc)


def authenticated_at(claims: dict[str, Any], *, is_fresh: bool) -> datetime | None:
    """Return when the provider last authenticated the user. A fresh log-in must be recent; some providers omit it."""
    moment = claims.get("auth_time")
    if moment is None:
        return None
    try:
        logged_in_at = datetime.fromtimestamp(int(moment), UTC)
    except (OSError, OverflowError, TypeError, ValueError) as exc:
        refuse("the ID token's auth_time is not valid", exc)
    if is_fresh and datetime.now(UTC) - logged_in_at > TIME_TO_LOG_IN + timedelta(seconds=CLOCK_LEEWAY_S):
        refuse("the provider did not make you log in again")
    return logged_in_at


def refuse(reason: str, cause: Exception | None = None) -> NoReturn:
    """Raise the reason why a log-in is not valid. The cause stays out of the response: it may quote the token."""
    raise UnauthenticatedError(f"The log-in was not completed: {reason}; start again") from cause
