"""Describe operations without names of resources also paginate."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("operation", "what"), [("describe_account_limits", "Limits"), ("describe_ssl_policies", "SslPolicies")]
)
async def test_pages_of_a_size_hold_all_and_nothing_twice(cloud: Any, operation: str, what: str) -> None:
    whole = await cloud.call("elbv2", operation)
    assert "NextMarker" not in whole
    found, marker = [], {}
    while True:
        page = await cloud.call("elbv2", operation, PageSize=4, **marker)
        assert len(page[what]) <= 4
        found += page[what]
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}
    assert found == whole[what]


async def test_a_marker_that_nobody_gave_is_refused(cloud: Any) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        await cloud.call("elbv2", "describe_account_limits", Marker="nowhere")
