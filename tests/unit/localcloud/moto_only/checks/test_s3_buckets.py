"""S3 refuses bucket names and settings beyond its rules."""

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks import s3_buckets


@pytest.mark.parametrize(
    "name",
    [
        *("Abc", "ab", "a" * 64, "a_b", "-abc", "abc-", "a..b", "192.168.1.1", "xn--abc", "sthree-abc"),
        *("amzn-s3-demo-abc", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "abc--table-s3"),
    ],
)
def test_names_that_no_bucket_may_have(name: str) -> None:
    with pytest.raises(AwsError, match="The specified bucket is not valid"):
        s3_buckets.check_name(name)


@pytest.mark.parametrize("name", ["abc", "a.b.c", "1-2", "192.168.1", "a" * 63, "spendsense-dev-data-123456789012"])
def test_names_that_a_bucket_may_have(name: str) -> None:
    s3_buckets.check_name(name)


def test_the_default_encryption_is_one_that_s3_has() -> None:
    def rule(**default: str) -> dict[str, object]:
        return {"Rule": {"ApplyServerSideEncryptionByDefault": default}}

    for right in (rule(SSEAlgorithm="AES256"), rule(SSEAlgorithm="aws:kms", KMSMasterKeyID="k")):
        s3_buckets.check_encryption(right)
    s3_buckets.check_encryption({"Rule": {"BucketKeyEnabled": "true"}})
    for wrong in (rule(SSEAlgorithm="none"), {"Rule": [rule(SSEAlgorithm="AES256")] * 2}, {}):
        with pytest.raises(AwsError) as refused:
            s3_buckets.check_encryption(wrong)
        assert refused.value.code == "MalformedXML"
    with pytest.raises(AwsError, match="a KMSMasterKeyID is not applicable"):
        s3_buckets.check_encryption(rule(SSEAlgorithm="AES256", KMSMasterKeyID="k"))


def test_cors_has_one_wildcard_and_none_in_exposed_headers() -> None:
    s3_buckets.check_cors([{"AllowedOrigin": ["https://*.example.com", "*"], "AllowedHeader": "x-*"}])
    with pytest.raises(AwsError, match="can not have more than one wildcard"):
        s3_buckets.check_cors([{"AllowedOrigin": "*.example.*"}])
    with pytest.raises(AwsError, match="do not support wildcard for ExposeHeader"):
        s3_buckets.check_cors([{"AllowedOrigin": "*", "ExposeHeader": ["x-*"]}])


def test_further_settings() -> None:
    s3_buckets.check_ownership("ObjectWriter")
    s3_buckets.check_versioning("Suspended")
    s3_buckets.check_website(b"<IndexDocument><Suffix>index.html</Suffix></IndexDocument>")
    s3_buckets.check_tags({str(number): "" for number in range(50)})
    s3_buckets.check_tags({"a" * 128: "x" * 256, "b": None})
    s3_buckets.check_object_tags(b"<Tag><Key>a</Key></Tag><Tag><Key>b</Key></Tag>")
    s3_buckets.check_deletion(b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1000)
    for code, check in (
        ("MalformedXML", lambda: s3_buckets.check_ownership("Nobody")),
        ("IllegalVersioningConfigurationException", lambda: s3_buckets.check_versioning("On")),
        ("InvalidArgument", lambda: s3_buckets.check_website(b"<Suffix>a/b</Suffix>")),
        ("BadRequest", lambda: s3_buckets.check_tags({str(number): "" for number in range(51)})),
        ("InvalidTag", lambda: s3_buckets.check_tags({"a" * 129: ""})),
        ("InvalidTag", lambda: s3_buckets.check_tags({"a": "x" * 257})),
        ("InvalidTag", lambda: s3_buckets.check_object_tags(b"<Tag><Key>a</Key></Tag>" * 2)),
        ("MalformedXML", lambda: s3_buckets.check_deletion(b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001)),
    ):
        with pytest.raises(AwsError) as refused:
            check()
        assert refused.value.code == code
