"""RDS's requests: releases."""

import pytest

from localcloud.errors import AwsError
from localcloud.rds.requests import fields, offerings


@pytest.mark.parametrize("form", [{}, {"EngineVersion": ""}, {"EngineVersion": "16"}])
def test_a_release_that_is_not_named_or_empty_is_the_default(form: dict[str, str]) -> None:
    assert fields.version(form) == offerings.DEFAULT


def test_a_release_that_is_not_offered_is_refused() -> None:
    with pytest.raises(AwsError, match=r"Cannot find version 9\.6 for postgres"):
        fields.version({"EngineVersion": "9.6"})
