"""Web identities: tokens of OpenID Connect providers, checked as STS checks them.

Source: STS API Reference, "AssumeRoleWithWebIdentity"; IAM User Guide, "Available keys for AWS OIDC federation".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from localcloud.errors import AwsError
from localcloud.identity.json_web_tokens import Malformed, WrongSignature, check, claims_of
from localcloud.identity.users import iam

INVALID = "InvalidIdentityToken"
HTTPS = "https://"
GITHUB = "token.actions.githubusercontent.com"
FURTHER = {
    GITHUB: (
        *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"),
        *("ref", "repository", "repository_id", "workflow"),
    )
}
"""Host of an issuer -> its own claims that are condition keys in a role's trust policy, and in no session."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An OpenID Connect provider of IAM. `url`: without `https://`; `clients`: the audiences that it accepts."""

    arn: str
    url: str
    clients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WebIdentity:
    """An identity that a provider confirms. `claims`: condition keys (`HOST:sub`) of the session; `further`: others."""

    provider_arn: str
    subject: str
    audience: str
    claims: Mapping[str, str]
    further: Mapping[str, str]


def providers(account_id: str) -> list[Provider]:
    """Return IAM's providers. Call in moto's thread."""
    backend = iam(account_id)
    known: Sequence[Any] = list(backend.open_id_providers.values()) if backend else []
    return [Provider(arn=each.arn, url=each.url, clients=tuple(each.client_id_list)) for each in known]


def verified(
    token: str, known: Sequence[Provider], keys: Mapping[str, Mapping[str, RSAPublicKey]], now: datetime
) -> WebIdentity:
    """Check a token. `keys`: those of each issuer, by ids. Errors: AwsError."""
    try:
        claims = claims_of(token)
    except Malformed as error:
        raise AwsError(INVALID, "The ID Token provided is not a valid JWT.", 400) from error
    issuer = str(claims.get("iss", ""))
    url = issuer.removeprefix(HTTPS)
    provider = next((each for each in known if each.url.rstrip("/") == url.rstrip("/")), None)
    if provider is None or not issuer.startswith(HTTPS):
        raise AwsError(INVALID, f"No OpenIDConnect provider found in your account for {issuer}", 400)
    _check_signature(token, keys.get(issuer, {}))
    _check_times(claims, now)
    audiences = claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    audience = next((str(each) for each in audiences if each in provider.clients), None)
    if audience is None:
        raise AwsError(INVALID, "Incorrect token audience", 400)
    subject = str(claims.get("sub", ""))
    return WebIdentity(
        provider_arn=provider.arn,
        subject=subject,
        audience=audience,
        claims={f"{url}:sub": subject, f"{url}:aud": audience},
        further={f"{url}:{name}": str(claims[name]) for name in FURTHER.get(url, ()) if name in claims},
    )


def _check_signature(token: str, keys: Mapping[str, RSAPublicKey]) -> None:
    if not keys:
        words = (
            "Couldn't retrieve verification key from your identity provider, please reference "
            "AssumeRoleWithWebIdentity documentation for requirements (here, only the local issuer's is known)"
        )
        raise AwsError(INVALID, words, 400)
    try:
        check(token, keys)
    except (Malformed, WrongSignature) as error:
        words = "The web identity token that was passed could not be validated: its signature is wrong"
        raise AwsError(INVALID, words, 400) from error


def _check_times(claims: Mapping[str, object], now: datetime) -> None:
    moment = int(now.timestamp())
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        raise AwsError(INVALID, "Missing a required claim: exp", 400)
    if moment >= expires:
        words = f"current date/time {moment} must be before the expiration date/time {int(expires)}"
        raise AwsError("ExpiredTokenException", f"Token expired: {words}", 400)
    if begins > moment:
        raise AwsError(INVALID, f"Token is not valid before {int(begins)}; the current date/time is {moment}", 400)
