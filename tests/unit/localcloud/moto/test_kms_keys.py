"""Keys are looked for where there can be some."""

import pytest

from localcloud.moto.kms_keys import find

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    "named",
    [
        "arn:aws:s3:::bucket",
        "arn:aws:s3:us-west-1:123456789012:key/k",
        "arn:aws:kms::123456789012:key/k",
        "arn:aws:kms:nowhere-1:123456789012:key/k",
        "arn:aws:kms",
        "arn:",
    ],
)
def test_what_is_not_an_arn_of_a_key_names_none(named: str) -> None:
    assert find(ACCOUNT, "us-west-1", named) is None
