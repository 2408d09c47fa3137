"""Clients of AWS, and AWS's errors as our own."""

from typing import Any

import pytest

from ops.aws.clients import Aws, explain
from ops.errors import AwsRefused, NotReachable
from ops.waiter import Deadline


def test_a_refusal_by_aws_becomes_one_sentence(scripted: Aws, wire: Any) -> None:
    wire(scripted.ecs).on("DescribeServices", {"__type": "ClusterNotFoundException", "message": "Cluster not found."})
    with pytest.raises(scripted.ecs.exceptions.ClusterNotFoundException) as raised:
        scripted.ecs.describe_services(services=["s"])
    explained = explain(raised.value)
    assert isinstance(explained, AwsRefused)
    assert explained.message == "DescribeServices was refused: ClusterNotFoundException: Cluster not found."


def test_an_endpoint_that_does_not_respond_is_not_reachable(scripted: Aws) -> None:
    from botocore.exceptions import EndpointConnectionError

    with scripted.retries.until(Deadline(0.1)), pytest.raises(EndpointConnectionError) as raised:
        scripted.ecs.describe_clusters()
    assert isinstance(explain(raised.value), NotReachable)


def test_a_bug_of_ours_is_not_blamed_on_aws() -> None:
    assert explain(ZeroDivisionError()) is None


def test_the_local_cloud_needs_no_aws_configuration_of_the_user(scripted: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert scripted.ecs.meta.region_name == "us-west-1"
    assert scripted.ecs.meta.config.proxies == {}
