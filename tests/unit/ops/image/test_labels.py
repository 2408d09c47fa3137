"""An image's own labels, whether it is in the store of this machine or in ECR."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.image import registry as image
from ops.image import repository
from ops.image.labels import labels_of, schema_head_of

URI = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
LABELS = {image.SCHEMA_HEAD_LABEL: "0001", image.REVISION_LABEL: "unknown"}


def test_the_labels_of_a_pushed_image_are_read_also_through_an_index(scripted: Aws) -> None:
    local = scripted.environment.local
    assert local is not None

    def stored(value: object) -> dict[str, str]:
        return {"digest": image.write_blob(local.image_store, json.dumps(value).encode())}

    labels = {image.SCHEMA_HEAD_LABEL: "0001", image.REVISION_LABEL: "unknown"}
    manifest = stored({"config": stored({"config": {"Labels": labels}})})
    for each in (manifest, stored({"manifests": [manifest]})):
        assert labels_of(scripted, f"any@{each['digest']}") == {image.SCHEMA_HEAD_LABEL: "0001"}
    bare = stored({"config": stored({"config": {"Labels": None}})})
    for each in (bare, stored({"manifests": []})):
        assert labels_of(scripted, f"any@{each['digest']}") == {}


@pytest.fixture
def on_aws(wire: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Aws, Any]:
    """An environment on AWS, and its registry: each link to a layer leads to a configuration with LABELS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    content = json.dumps({"config": {"Labels": LABELS}}).encode()
    monkeypatch.setattr(repository, "pieces", lambda url, is_local: [content])
    aws = Aws(Environment(name=EnvironmentName.PROD, region="us-west-1"))
    ecr = wire(aws.ecr)
    ecr.on("GetDownloadUrlForLayer", {"downloadUrl": "https://layers.example/1"})
    manifest = json.dumps({"config": {"digest": image.digest_of(content)}, "mediaType": image.MANIFEST_TYPE})
    ecr.on("BatchGetImage", {"images": [{"imageManifest": manifest}]})
    return aws, (ecr, f"{URI}@{image.digest_of(manifest.encode())}")


def test_the_labels_of_an_image_on_aws_are_read_in_ecr(on_aws: tuple[Aws, Any]) -> None:
    aws, (_, pinned) = on_aws
    assert labels_of(aws, pinned) == {image.SCHEMA_HEAD_LABEL: "0001"}
    assert schema_head_of(aws, pinned) == "0001"


@pytest.mark.parametrize(
    "answer", [{"images": [], "failures": []}, {"__type": "AccessDeniedException", "message": "no"}]
)
def test_an_image_that_nobody_can_read_has_none(on_aws: tuple[Aws, Any], answer: dict[str, Any]) -> None:
    aws, (ecr, pinned) = on_aws
    ecr.on("BatchGetImage", answer)
    assert labels_of(aws, pinned) == {}
    assert labels_of(aws, f"{URI}:never-deployed") == {}
    assert labels_of(aws, "registry.example.com/backend@sha256:" + "1" * 64) == {}
