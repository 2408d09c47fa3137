"""Images in the registry: digests and tags."""

import json
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.errors import BuildFailed
from ops.image import registry as image
from ops.image.labels import schema_head_of
from tests.integration.ops.image.built import build_image


def test_an_image_is_registered_under_the_digest_of_its_manifest(registry: Aws, source: Path) -> None:
    built = build_image(registry, source)
    manifest = registry.ecr.batch_get_image(
        repositoryName="spendsense-backend", imageIds=[{"imageDigest": built.digest}]
    )["images"][0]["imageManifest"]
    assert image.digest_of(manifest.encode()) == built.digest
    assert built.image == f"123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@{built.digest}"
    assert schema_head_of(registry, built.image) == "0001"


def test_the_working_directory_of_the_image_does_not_name_the_store(registry: Aws, source: Path) -> None:
    built = build_image(registry, source)
    local = registry.environment.local
    assert local is not None
    manifest = json.loads(image.blob_path(local.image_store, built.digest).read_bytes())
    whole = json.loads(image.blob_path(local.image_store, manifest["config"]["digest"]).read_bytes())
    assert whole["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    config = whole["config"]
    assert config["WorkingDir"] == "{images}/layers/" + built.layers[1].digest.removeprefix("sha256:")
    assert str(local.image_store) not in json.dumps([manifest, whole])


def test_a_chosen_tag_that_names_another_image_is_refused(registry: Aws, source: Path) -> None:
    build_image(registry, source, tag="v1")
    assert build_image(registry, source, tag="v1").tag == "v1"
    (source / "app" / "main.py").write_text("app = 2\n")
    with pytest.raises(BuildFailed, match="tag v1 already names another image, sha256:"):
        build_image(registry, source, tag="v1")
