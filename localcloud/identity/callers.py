"""Identifies the caller of a request: checks the signature, and finds the owner of its credentials."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from localcloud.authorization.principals import Kind, Principal
from localcloud.errors import AwsError
from localcloud.identity import upload_policies
from localcloud.identity.refusals import Why, refused
from localcloud.identity.sealing import PREFIX, NoSession, Seal
from localcloud.identity.signatures import (
    ALGORITHM,
    SCOPE,
    SIGNATURE_FIELD,
    Signed,
    is_right,
    needs_digest,
    payload_of,
    signed,
    signing_key,
)
from localcloud.identity.users import has_owner, owner_of, user_with
from localcloud.protocol.caller import NOBODY, Caller, administrator
from localcloud.protocol.upload_forms import UploadForm, upload_form
from localcloud.protocol.wire import SIGNED_LINK, AwsRequest

ADMINISTRATOR = "test"
"""Access key and secret of the account's administrator."""
SKEW = timedelta(minutes=5)
S3_SKEW = timedelta(minutes=15)
LONGEST_LINK_S = 7 * 24 * 3600
MOMENT = "%Y%m%dT%H%M%SZ"
PIECE = 2**20
NO_VERSION_2 = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. (boto3 signs links "
    'to S3 in the older way unless its client has Config(signature_version="s3v4"); AWS refuses those for new buckets)'
)
NOT_FOR_IAM = (
    "IAM accepts no sessions of federated users, and those of GetSessionToken only with multi-factor authentication"
)
AMZ, DIGEST = "x-amz-", "x-amz-content-sha256"
HEADERS_NOT_SIGNED = "There were headers present in the request which were not signed"
"""Source: S3 API Reference, "Signature calculations for the Authorization header": any x-amz-* header is signed."""
EMPTY = hashlib.sha256(b"").hexdigest()
KNOWN = (
    "the local cloud accepts the access key test with the secret test, access keys of its IAM users, and credentials "
    "from its STS"
)


class Callers:
    """Knows every principal that can sign requests.

    `now`: real time, since clients sign with it; `has_owner`: says whether the role or user of a session still exists.
    """

    def __init__(
        self,
        account_id: str,
        seal: Seal,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        has_owner: Callable[[Principal], bool] = has_owner,
    ) -> None:
        self._account_id = account_id
        self._administrator = administrator(account_id, ADMINISTRATOR)
        self._seal = seal
        self._now = now
        self._has_owner = has_owner

    async def caller_of(self, request: AwsRequest) -> Caller:
        """Return the caller who signed a request. The request's body must not be decoded. NOBODY without a signature.

        Errors: AwsError InvalidClientTokenId, SignatureDoesNotMatch, ExpiredToken, RequestTimeTooSkewed and others,
        by the names that the service has for them.
        """
        found = signed(request)
        if found is None and (form := upload_form(request)) is not None:
            return self._uploader(replace(request, service="s3"), form)
        if found is None:
            return self._without_version_4(request)
        secret, caller = self._known(request, found.access_key_id, found.token)
        self._check_moment(request, found)
        if found.service == "s3" and any(
            each.startswith(AMZ) and each not in (*found.headers, DIGEST) for each in request.headers
        ):
            raise AwsError("AccessDenied", HEADERS_NOT_SIGNED, 403)
        digest = await _digest(request) if needs_digest(request.headers, found) else ""
        payload = payload_of(request.headers, found, digest)
        if not is_right(request, found, secret, payload):
            raise refused(request, Why.MISMATCH)
        if len(payload) == len(EMPTY) and payload != digest:
            words = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise AwsError("XAmzContentSHA256Mismatch", words, 400)
        return caller

    def _known(self, request: AwsRequest, access_key_id: str, token: str) -> tuple[str, Caller]:
        """Return the secret and the caller of an access key. Errors: AwsError."""
        if token:
            try:
                secret, caller = self._seal.open(access_key_id, token)
            except NoSession:
                raise refused(request, Why.WRONG_TOKEN, KNOWN) from None
            if caller.session is not None and caller.session.expires <= self._now():
                raise refused(request, Why.EXPIRED_TOKEN)
            if not self._has_owner(caller.principal):
                owner = owner_of(caller.principal)
                raise refused(request, Why.WRONG_TOKEN, f"its role or user ({owner}) has been deleted")
            if request.service == "iam" and is_kept_from_iam(caller):
                raise refused(request, Why.WRONG_TOKEN, NOT_FOR_IAM)
            return secret, caller
        if access_key_id == ADMINISTRATOR:
            return ADMINISTRATOR, self._administrator
        if found := user_with(access_key_id, self._account_id):
            return found
        why = "session credentials require their session token" if access_key_id.startswith(PREFIX) else KNOWN
        raise refused(request, Why.UNKNOWN_KEY, f"found {access_key_id[:40]}; {why}")

    def _uploader(self, request: AwsRequest, form: UploadForm) -> Caller:
        """Return the caller who signed a form's policy, after checking the form against it. Errors: AwsError."""
        fields = form.fields
        scope = SCOPE.fullmatch(fields.get("x-amz-credential", ""))
        if scope is None or fields.get("x-amz-algorithm") != ALGORITHM:
            raise AwsError("InvalidRequest", NO_VERSION_2, 400)
        secret, caller = self._known(request, scope["key"], fields.get("x-amz-security-token", ""))
        key = signing_key(secret, scope["date"], scope["region"], scope["service"])
        right = hmac.digest(key, fields.get("policy", "").encode(), "sha256").hex()
        if not hmac.compare_digest(right, fields.get("x-amz-signature", "")):
            raise refused(request, Why.MISMATCH)
        upload_policies.check(form, self._now())
        return caller

    def _without_version_4(self, request: AwsRequest) -> Caller:
        """Errors: AwsError for signatures of other versions, and malformed ones."""
        if SIGNED_LINK.search(request.query_string) or request.headers.get("authorization", "").startswith("AWS "):
            raise AwsError("InvalidRequest", NO_VERSION_2, 400)
        if "authorization" in request.headers or f"{SIGNATURE_FIELD}=" in request.query_string:
            raise refused(request, Why.MALFORMED, "the local cloud accepts only AWS4-HMAC-SHA256 signatures")
        return NOBODY

    def _check_moment(self, request: AwsRequest, found: Signed) -> None:
        """Errors: AwsError when the signature is of another time, or the link has expired."""
        moment = _moment(found.moment)
        if moment is None or moment.strftime("%Y%m%d") != found.date:
            raise refused(request, Why.MALFORMED, "the signature's date differs from the date of its scope")
        now, skew = self._now(), S3_SKEW if found.service == "s3" else SKEW
        if found.lifetime_s is not None:
            if not 1 <= found.lifetime_s <= LONGEST_LINK_S:
                words = f"X-Amz-Expires must be between 1 and {LONGEST_LINK_S} seconds"
                raise AwsError("AuthorizationQueryParametersError", words, 400)
            if now > moment + timedelta(seconds=found.lifetime_s):
                raise AwsError("AccessDenied", "Request has expired", 403)
        elif now > moment + skew:
            raise refused(request, Why.SKEWED, _expired(found.moment, now, skew))
        if moment > now + skew:
            raise refused(request, Why.SKEWED, _not_yet(found.moment, now, skew))


def is_kept_from_iam(caller: Caller) -> bool:
    """Return whether a caller has temporary credentials with which AWS allows no call of IAM.

    Source: STS API Reference, GetSessionToken and GetFederationToken, "Permissions".
    """
    kind, session = caller.principal.kind, caller.session
    if session is None or kind is Kind.ROLE_SESSION:
        return False
    return kind is Kind.FEDERATED_USER or session.authenticated_at is None


async def _digest(request: AwsRequest) -> str:
    """Return the body's SHA-256. A large one is read outside the event loop."""
    if request.body_file is not None:
        return await asyncio.to_thread(_digest_of_file, request)
    return hashlib.sha256(request.body).hexdigest() if request.body else EMPTY


def _digest_of_file(request: AwsRequest) -> str:
    file = request.body_file
    assert file is not None  # noqa: S101 - the caller has looked
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


@lru_cache(maxsize=256)
def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _expired(moment: str, now: datetime, skew: timedelta) -> str:
    earliest = (now - skew).strftime(MOMENT)
    minutes = int(skew.total_seconds() // 60)
    return f"Signature expired: {moment} is now earlier than {earliest} ({now.strftime(MOMENT)} - {minutes} min.)"


def _not_yet(moment: str, now: datetime, skew: timedelta) -> str:
    latest = (now + skew).strftime(MOMENT)
    minutes = int(skew.total_seconds() // 60)
    return f"Signature not yet current: {moment} is still later than {latest} ({now.strftime(MOMENT)} + {minutes} min.)"
