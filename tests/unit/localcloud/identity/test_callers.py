"""The caller who signed a request, and services' refusals of wrong credentials."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import Credentials

from localcloud.authorization.principals import Kind, Principal
from localcloud.errors import AwsError
from localcloud.identity.callers import Callers
from localcloud.identity.sealing import Seal
from localcloud.protocol.caller import NOBODY, Session
from localcloud.protocol.wire import AwsRequest
from tests.unit.localcloud.identity.requests import NOW, received, signed

ACCOUNT = "123456789012"
SEAL = Seal(b"k" * 32)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TARGET = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}
ROLE = Principal(kind=Kind.ROLE_SESSION, arn="arn:aws:sts::123456789012:assumed-role/r/s", account_id=ACCOUNT)
SESSION = Session(name="s", issued=NOW, expires=NOW + timedelta(hours=1), role_arn="arn:aws:iam::123456789012:role/r")


def caller_of(request: AwsRequest, now: datetime = NOW) -> object:
    return asyncio.run(Callers(ACCOUNT, SEAL, lambda: now, lambda who: True).caller_of(request))


def refusal(request: AwsRequest, now: datetime = NOW) -> tuple[str, int]:
    with pytest.raises(AwsError) as caught:
        caller_of(request, now)
    return caught.value.code, caught.value.status


def temporary(session: Session = SESSION) -> Credentials:
    issued = SEAL.issue(ROLE, session)
    return Credentials(issued.access_key_id, issued.secret, issued.token)


def of_service(service: str, **given: object) -> AwsRequest:
    headers = {"sts": FORM, "ec2": FORM, "ecs": TARGET}.get(service, {})
    body = b"Action=Do" if headers is FORM else b"{}"
    return signed(service, headers=headers, body=body, **given)  # type: ignore[arg-type]


UNKNOWN = {
    "sts": ("InvalidClientTokenId", 403),
    "ec2": ("AuthFailure", 401),
    "ecs": ("UnrecognizedClientException", 400),
    "apigateway": ("UnrecognizedClientException", 403),
    "s3": ("InvalidAccessKeyId", 403),
}
MISMATCH = {
    "sts": ("SignatureDoesNotMatch", 403),
    "ec2": ("AuthFailure", 401),
    "ecs": ("InvalidSignatureException", 400),
    "s3": ("SignatureDoesNotMatch", 403),
}
EXPIRED = {
    "sts": ("ExpiredToken", 403),
    "ecs": ("ExpiredTokenException", 400),
    "s3": ("ExpiredToken", 400),
}
SKEWED = {
    "sts": ("SignatureDoesNotMatch", 403),
    "ecs": ("InvalidSignatureException", 400),
    "s3": ("RequestTimeTooSkewed", 403),
}


@pytest.mark.parametrize("service", sorted(UNKNOWN))
def test_test_is_the_administrator(service: str) -> None:
    caller = caller_of(of_service(service))
    assert getattr(caller, "is_administrator", False)


@pytest.mark.parametrize("service", sorted(UNKNOWN))
def test_unknown_keys_are_refused_in_the_words_of_the_service(service: str) -> None:
    assert refusal(of_service(service, keys=Credentials("x", "x"))) == UNKNOWN[service]


def test_the_refusal_says_which_credentials_are_known() -> None:
    with pytest.raises(AwsError, match="found x; the local cloud accepts the access key test with the secret test"):
        caller_of(of_service("sts", keys=Credentials("x", "x")))


@pytest.mark.parametrize("service", sorted(MISMATCH))
def test_a_wrong_secret_is_refused(service: str) -> None:
    assert refusal(of_service(service, keys=Credentials("test", "other"))) == MISMATCH[service]


@pytest.mark.parametrize("change", [{"body": b"{ }"}, {"query_string": "a=b"}, {"raw_path": "/x"}, {"method": "PUT"}])
def test_a_changed_request_is_refused(change: dict[str, object]) -> None:
    assert refusal(replace(of_service("ecs"), **change)) == MISMATCH["ecs"]  # type: ignore[arg-type]


def test_another_body_than_the_digest_of_s3_is_refused() -> None:
    request = signed("s3", method="PUT", path="/bucket/key", body=b"one")
    assert refusal(replace(request, body=b"two")) == ("XAmzContentSHA256Mismatch", 400)


@pytest.mark.parametrize("service", sorted(EXPIRED))
def test_a_session_is_its_role_until_it_expires(service: str) -> None:
    keys = temporary()
    caller = caller_of(of_service(service, keys=keys))
    assert getattr(caller, "principal", None) == ROLE
    later = NOW + timedelta(hours=1)
    assert refusal(of_service(service, keys=keys, at=later), later) == EXPIRED[service]


def test_a_token_is_good_for_its_own_key_only() -> None:
    one, other = temporary(), temporary()
    mixed = Credentials(one.access_key, one.secret_key, other.token)
    assert refusal(of_service("sts", keys=mixed)) == ("InvalidClientTokenId", 403)
    assert refusal(of_service("s3", keys=mixed)) == ("InvalidToken", 400)
    without = Credentials(one.access_key, one.secret_key)
    assert refusal(of_service("sts", keys=without)) == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize("service", sorted(SKEWED))
@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_signature_of_another_time_is_refused(service: str, minutes: int) -> None:
    assert refusal(of_service(service), NOW + timedelta(minutes=minutes)) == SKEWED[service]


def test_the_refusal_of_an_old_signature_says_both_times() -> None:
    words = (
        "Signature expired: 20260504T030201Z is now earlier than 20260504T030701Z "
        r"\(20260504T031201Z - 5 min.\)"
    )
    with pytest.raises(AwsError, match=words):
        caller_of(of_service("sts"), NOW + timedelta(minutes=10))


def test_a_link_is_good_for_as_long_as_it_says() -> None:
    link = signed("s3", method="GET", path="/bucket/key", link_s=600)
    assert caller_of(link, NOW + timedelta(seconds=600)) != NOBODY
    assert refusal(link, NOW + timedelta(seconds=601)) == ("AccessDenied", 403)
    too_long = signed("s3", method="GET", path="/bucket/key", link_s=604801)
    assert refusal(too_long) == ("AuthorizationQueryParametersError", 400)


def test_s3_takes_a_path_that_was_not_encoded() -> None:
    request = signed("s3", method="GET", path="/bucket/%28a%29")
    assert caller_of(replace(request, raw_path="/bucket/(a)")) != NOBODY


def test_links_of_version_2_are_refused_as_for_new_buckets() -> None:
    link = received("GET", "http://h/b/k?AWSAccessKeyId=test&Signature=x&Expires=2000000000", {}, b"")
    assert refusal(link) == ("InvalidRequest", 400)


def test_a_malformed_signature_is_refused() -> None:
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-1/s3/aws4_request, Signature=0"}
    assert refusal(received("GET", "http://h/b/k", headers, b"")) == ("AuthorizationHeaderMalformed", 400)


def test_nobody_signed_a_request_without_credentials() -> None:
    assert caller_of(received("GET", "http://h/b/k", {}, b"")) == NOBODY


def test_sessions_provide_the_condition_keys_of_policies() -> None:
    session = replace(SESSION, authenticated_at=NOW, source_identity="ann", provider="arn:p", claims={"h:sub": "x"})
    context = session.context(NOW + timedelta(seconds=9))
    assert {key: context.single(key) for key in context} == {
        "aws:tokenissuetime": "2026-05-04T03:02:01Z",
        "aws:multifactorauthpresent": "true",
        "aws:multifactorauthage": "9",
        "aws:sourceidentity": "ann",
        "aws:federatedprovider": "arn:p",
        "h:sub": "x",
    }
    assert UTC is session.issued.tzinfo
