"""Layers that came through the registry."""

import json
from pathlib import Path

from ops.image.registry import STORE_TOKEN, blob_path, write_blob
from ops.image.unpack import unpack


def manifest_of(store: Path, working_directory: str) -> bytes:
    """An image whose layer is not in the store."""
    config = write_blob(store, json.dumps({"config": {"WorkingDir": working_directory}}).encode())
    return json.dumps({"config": {"digest": config}, "layers": [{"digest": "sha256:" + "0" * 64}]}).encode()


def test_images_of_container_engines_are_left_to_the_local_cloud(tmp_path: Path) -> None:
    for manifest in (manifest_of(tmp_path, "/srv"), json.dumps({"manifests": []}).encode()):
        unpack(tmp_path, manifest)
        assert not (tmp_path / "layers").exists()
        assert any(path.read_bytes() == manifest for path in (tmp_path / "blobs" / "sha256").iterdir())


def test_a_layer_that_is_there_is_not_unpacked_again(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    config = write_blob(tmp_path, json.dumps({"config": {"WorkingDir": f"{STORE_TOKEN}/layers/x"}}).encode())
    digest = write_blob(tmp_path, b"\0" * 10240)  # a tar of nothing
    manifest = json.dumps({"config": {"digest": config}, "layers": [{"digest": digest}]}).encode()
    unpack(tmp_path, manifest)
    made = tmp_path / "layers" / digest.removeprefix("sha256:")
    assert made.is_dir()
    blob_path(tmp_path, digest).unlink()
    unpack(tmp_path, manifest)
    assert made.is_dir()
