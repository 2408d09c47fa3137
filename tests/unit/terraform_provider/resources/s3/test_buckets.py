"""Names of buckets, of their hosts, of websites; ids of settings."""

import pytest

from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.s3 import _places, _setting, _website


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper", "a_b", "10.0.0.1", "-ab", "ab.", "a..b"])
def test_what_s3_does_not_take_as_a_name_is_refused(name: str) -> None:
    with pytest.raises(ProviderError, match="name: "):
        _places.check_name(name)


def test_hosts_are_named_by_region_and_partition() -> None:
    assert _places.regional_domain("b", "us-west-1") == "b.s3.us-west-1.amazonaws.com"
    assert _places.regional_domain("b", "cn-north-1") == "b.s3.cn-north-1.amazonaws.com.cn"
    assert _website.domain("us-west-1") == "s3-website-us-west-1.amazonaws.com"
    assert _website.domain("eu-central-1") == "s3-website.eu-central-1.amazonaws.com"


@pytest.mark.parametrize("text", ["example.com", "https://example.com/a?b=c"])
def test_a_redirect_of_a_website_is_read_as_it_was_written(text: str) -> None:
    block = {"index_document": "", "error_document": "", "redirect_all_requests_to": text, "routing_rules": ""}
    assert _website.as_blocks(_website.of_block(block)) == [block]


def test_a_settings_id_is_the_bucket_and_may_have_its_owner() -> None:
    assert _setting.id_of({"bucket": "b", "expected_bucket_owner": None}) == "b"
    assert _setting.place_of("b,123456789012") == {"Bucket": "b", "ExpectedBucketOwner": "123456789012"}


@pytest.mark.parametrize("id_", ["", "b,", ",1", "b,1,2"])
def test_other_ids_are_refused(id_: str) -> None:
    with pytest.raises(ProviderError, match="unexpected format for ID"):
        _setting.names_of(id_)
