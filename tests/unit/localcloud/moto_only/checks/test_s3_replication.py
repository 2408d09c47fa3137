"""Replication rules with times that S3 does not offer are refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.s3_replication import check_replication

WITHOUT_TIME = "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"


def time(minutes: str, status: str = "Enabled") -> dict[str, Any]:
    return {"ReplicationTime": {"Status": status, "Time": {"Minutes": minutes}}}


def metrics(minutes: str | None) -> dict[str, Any]:
    threshold = {"EventThreshold": {"Minutes": minutes}} if minutes else {}
    return {"Metrics": {"Status": "Enabled", **threshold}}


@pytest.mark.parametrize("destination", [{}, time("15") | metrics("15"), metrics(None), time("15", "Disabled")])
def test_what_s3_offers_is_accepted(destination: Mapping[str, Any]) -> None:
    check_replication([{"Destination": {"Bucket": "b", **destination}}])


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        (time("20"), "ReplicationTime must be 15 minutes"),
        (time("15") | metrics("20"), "EventThreshold must be 15 minutes"),
        (metrics("15"), WITHOUT_TIME),
        (time("15", "Disabled") | metrics("15"), WITHOUT_TIME),
    ],
)
def test_what_it_does_not_offer_is_refused(destination: Mapping[str, Any], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check_replication([{"Destination": {"Bucket": "b", **destination}}])
    assert refused.value.code == "InvalidArgument"
