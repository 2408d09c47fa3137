"""Checks of an image's labels and platform before it is deployed."""

from dataclasses import replace
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.image.registry import SCHEMA_HEAD_LABEL, SCHEMA_REVISIONS_LABEL
from ops.verifying import shipped_image
from ops.verifying.check import State
from ops.verifying.shipped_image import assess, schema
from ops.verifying.subject import Subject

PINNED = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@sha256:" + "1" * 64


def labels(head: str, *known: str) -> dict[str, str]:
    return {SCHEMA_HEAD_LABEL: head, SCHEMA_REVISIONS_LABEL: ",".join([*known, head])}


def test_an_image_that_knows_the_serving_schema_is_fine() -> None:
    assert schema(labels("0003", "0001", "0002"), "0002").state is State.OK
    assert schema(labels("0003"), None).state is State.OK


def test_an_image_older_than_the_schema_is_a_warning_since_its_code_may_work_with_it() -> None:
    found = schema(labels("0002", "0001"), "0003")
    assert found.state is State.WARN
    assert "the current image expects 0003, the new one 0002" in found.found


def test_an_image_without_labels_is_unknown() -> None:
    assert schema({}, "0003").state is State.UNKNOWN


def test_an_image_of_this_machine_is_checked_by_its_labels_alone(subject: Subject) -> None:
    assert [each.group for each in shipped_image.check(subject, PINNED)] == ["schema"]


@pytest.mark.parametrize(
    ("architecture", "states"), [("amd64", [State.OK, State.OK]), ("arm64", [State.FAIL]), ("", [State.FAIL])]
)
def test_an_image_for_another_platform_fails(architecture: str, states: list[State]) -> None:
    made = {"os": "linux", "architecture": architecture, "config": {"Labels": labels("0001")}}
    found = assess([made] if architecture else [], "amd64", None)
    assert [each.state for each in found] == states
    assert "linux/amd64" in (found[0].wanted or found[0].found)


@pytest.fixture
def on_aws(subject: Subject, wire: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, Any]:
    """The service on AWS, and its registry."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws = Aws(Environment(name=EnvironmentName.PROD, region="us-west-1"))
    ecr = wire(aws.ecr)
    ecr.on("DescribeRepositories", {"repositories": [{"repositoryUri": PINNED.partition("@")[0]}]})
    ecr.on("DescribeImages", {"imageDetails": [{"imageSizeInBytes": 501_000_000}]})
    ecr.on("BatchGetImage", {"images": [], "failures": [{"failureReason": "no such image"}]})
    return replace(subject, aws=aws), ecr


def test_an_image_that_the_gate_refuses_or_that_cannot_be_pulled_fails(on_aws: tuple[Subject, Any]) -> None:
    subject, _ = on_aws
    size, manifest = shipped_image.check(subject, PINNED)
    assert (size.state, "501 MB" in size.found) == (State.FAIL, True)
    assert (manifest.state, "no such image" in manifest.found) == (State.FAIL, True)


def test_what_could_not_be_read_is_unknown(on_aws: tuple[Subject, Any]) -> None:
    subject, ecr = on_aws
    for operation in ("DescribeImages", "BatchGetImage"):
        ecr.on(operation, {"__type": "AccessDeniedException", "message": "no"})
    assert [each.state for each in shipped_image.check(subject, PINNED)] == [State.UNKNOWN, State.UNKNOWN]


def test_an_image_of_a_registry_that_is_not_ecr_has_an_unknown_platform(on_aws: tuple[Subject, Any]) -> None:
    subject, _ = on_aws
    _, platform = shipped_image.check(subject, "registry.example.com/backend@sha256:" + "1" * 64)
    assert platform.state is State.UNKNOWN


def test_the_first_image_is_not_compared_with_one_that_never_served(subject: Subject) -> None:
    container = subject.definition["containerDefinitions"][0]
    assert not shipped_image.is_first(subject)
    container["image"] = "registry/spendsense-backend:never-deployed"
    assert shipped_image.is_first(subject)
    assert "current" not in schema(labels("0003"), None, is_first=True).found
