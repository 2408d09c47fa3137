"""The image that a deploy ships."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.errors import BuildFailed, Misuse, NotFound
from ops.failure_class import FailureClass
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import NEW_IMAGE, Cluster, run


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_source_is_not_deployed_under_a_tag_that_names_another_image(
    cluster: Cluster, scripted: Aws, source: Path, *, dry_run: bool
) -> None:
    cluster.images = {"v9": "sha256:" + "9" * 64}
    with pytest.raises(BuildFailed, match="tag v9 already names another image, sha256:9999") as refused:
        run(scripted, image=None, source=source, tag="v9", dry_run=dry_run)
    assert "deploy --tag v9" in str(refused.value.next_step)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []
    assert cluster.ecr.sent("PutImage") == []


@pytest.mark.usefixtures("no_waiting")
def test_a_source_whose_tag_names_the_same_image_is_deployed_and_says_so(
    cluster: Cluster, scripted: Aws, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.images = {}
    digest = run(scripted, image=None, source=source, tag="v9", dry_run=True).image.partition("@")[2]
    cluster.images = {"v9": digest}
    assert run(scripted, image=None, source=source, tag="v9", timeout_s=1.0).image.endswith(digest)
    assert "Tag v9 already names this image" in capsys.readouterr().err


def test_a_tag_alone_deploys_its_image_and_says_that_nothing_is_built(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.images = {"v9": "sha256:" + "1" * 64}
    cluster.after_update = [cluster.complete]
    assert run(scripted, image=None, tag="v9").image == NEW_IMAGE
    assert "no image is built" in capsys.readouterr().err


def test_an_image_by_the_name_under_which_it_was_pushed_is_that_of_the_repository(
    cluster: Cluster, scripted: Aws
) -> None:
    digest = "sha256:" + "1" * 64
    cluster.images = {"v9": digest}
    pushed = f"127.0.0.1:1/spendsense-backend:v9@{digest}"
    assert run(scripted, image=pushed, dry_run=True).image == f"registry/spendsense-backend:v9@{digest}"


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("tag", "step"), [("nope", "build --source . --tag nope"), ("sha256:" + "7" * 64, "check the digest")]
)
def test_an_unknown_tag_is_refused_with_the_existing_ones(
    cluster: Cluster, scripted: Aws, tag: str, step: str, *, dry_run: bool
) -> None:
    cluster.images = {"v8": "sha256:" + "8" * 64, "v9": "sha256:" + "9" * 64}
    with pytest.raises(NotFound, match=rf"has no image (tagged )?{tag}; its tags: v8, v9$") as refused:
        run(scripted, image=None, tag=tag, dry_run=dry_run)
    assert step in str(refused.value.next_step)
    assert refused.value.failure_class is FailureClass.IMAGE
    assert cluster.ecs.sent("RegisterTaskDefinition") == []
    assert cluster.ecr.sent("PutImage") == []


@pytest.mark.parametrize(
    "image",
    [
        "registry/spendsense-backend:latest",
        "registry/spendsense-backend:never-pushed",
        "registry/spendsense-backend@sha256:" + "0" * 63,
        "registry/spendsense-backend@sha256:" + "0" * 65,
        "registry/spendsense-backend@sha256:" + "A" * 64,
        "registry/spendsense-backend@sha512:" + "0" * 128,
        "registry/spendsense-backend@sha256:" + "0" * 64 + "@sha256:" + "0" * 64,
        "@sha256:" + "0" * 64,
        "sha256:" + "0" * 64,
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_an_image_that_is_not_pinned_is_refused(cluster: Cluster, scripted: Aws, image: str, *, dry_run: bool) -> None:
    with pytest.raises(Misuse, match="--image should be REPOSITORY@sha256"):
        run(scripted, image=image, dry_run=dry_run)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("tag", ["", ":v9"])
def test_a_missing_image_of_our_repository_is_refused_before_anything_is_registered(
    cluster: Cluster, scripted: Aws, tag: str, *, dry_run: bool
) -> None:
    cluster.images = {"v9": "sha256:" + "9" * 64}
    missing = "sha256:" + "0" * 64
    with pytest.raises(NotFound, match=f"repository spendsense-backend has no image {missing}; its tags: v9$") as no:
        run(scripted, image=f"registry/spendsense-backend{tag}@{missing}", dry_run=dry_run)
    assert "check the digest" in str(no.value.next_step)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


@pytest.mark.parametrize("repository", ["public.ecr.aws/spendsense", "other/spendsense-backend", "localhost:5000/x"])
def test_an_image_of_another_repository_is_deployed_and_reported_as_unchecked(
    cluster: Cluster, scripted: Aws, repository: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.images = {}
    pinned = f"{repository}@sha256:" + "5" * 64
    assert run(scripted, image=pinned, dry_run=True).image == pinned
    assert f"{repository} is not this environment's repository" in " ".join(capsys.readouterr().err.split())
    assert cluster.ecr.sent("DescribeImages") == []


@pytest.fixture
def on_aws(wire: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Aws, Cluster]]:
    """The service in an account of AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws = Aws(Environment(name=EnvironmentName.DEV, region="us-west-1"))
    cluster = Cluster(aws, wire)
    cluster.ecr.on("DescribeImageScanFindings", {"imageScanStatus": {"status": "COMPLETE"}})
    with Stubber(aws.ec2) as ec2, Stubber(aws.sts) as sts:  # they speak other protocols
        sts.add_response("get_caller_identity", {"Arn": "arn:aws:sts::123456789012:assumed-role/deploy/jane"})
        ec2.add_response("describe_subnets", {"Subnets": [{"SubnetId": "subnet-1", "AvailableIpAddressCount": 9}]})
        yield aws, cluster


def test_on_aws_a_pushed_tag_is_deployed_by_its_digest(on_aws: tuple[Aws, Cluster]) -> None:
    aws, cluster = on_aws
    cluster.after_update = [cluster.complete]
    result = run(aws, image=None, tag="v1")
    assert result.verdict is Verdict.DEPLOYED
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]["containerDefinitions"][0]
    assert registered["image"] == NEW_IMAGE
    assert {"name": "APP_REVISION", "value": "v1"} in registered["environment"]


def test_on_aws_a_tag_that_was_never_pushed_is_refused(on_aws: tuple[Aws, Cluster]) -> None:
    aws, cluster = on_aws
    cluster.images = {"v0": "sha256:" + "1" * 64}
    with pytest.raises(NotFound, match="has no image tagged v1") as refused:
        run(aws, image=None, tag="v1")
    assert "push it under that tag" in str(refused.value.next_step)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


def test_on_aws_an_image_that_was_never_pushed_is_refused(on_aws: tuple[Aws, Cluster]) -> None:
    aws, cluster = on_aws
    cluster.images = {"v0": "sha256:" + "9" * 64}
    with pytest.raises(NotFound, match="has no image sha256:1111") as refused:
        run(aws)
    assert "check the digest" in str(refused.value.next_step)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []
