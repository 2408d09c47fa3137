"""Layers: complete or absent, read-only, and rebuilt when damaged."""

import tarfile
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.errors import BuildFailed
from ops.image import layers
from ops.image import registry as image
from tests.integration.ops.image.built import application_of, build_image


def names_below(root: Path) -> set[Path]:
    """Files and links, also to directories: `lib64` of a virtual environment is one."""
    return {path.relative_to(root) for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}


def content_of(path: Path) -> bytes | Path:
    """Return a file's bytes, or a link's target."""
    return path.readlink() if path.is_symlink() else path.read_bytes()


def test_a_layer_is_a_tar_with_its_digest_and_size(registry: Aws, source: Path, tmp_path: Path) -> None:
    (source / "app" / "link.py").symlink_to("main.py")
    (source / "app" / "run.sh").write_text("#!/bin/sh\n")
    (source / "app" / "run.sh").chmod(0o700)
    built = build_image(registry, source)
    local = registry.environment.local
    assert local is not None
    for layer in built.layers:
        tar = image.blob_path(local.image_store, layer.digest)
        assert (image.digest_of(tar.read_bytes()), tar.stat().st_size) == (layer.digest, layer.size)
        with tarfile.open(tar) as opened:
            opened.extractall(tmp_path / layer.digest, filter="tar")
        unpacked = tmp_path / layer.digest
        stored = local.image_store / "layers" / layer.digest.removeprefix("sha256:")
        kept = {name for name in names_below(stored) if "__pycache__" not in name.parts and name.name != layers.SEAL}
        assert names_below(unpacked) == kept
        assert all(content_of(stored / name) == content_of(unpacked / name) for name in kept)
        runnable = {name for name in kept if (stored / name).lstat().st_mode & 0o100}
        assert {name for name in kept if (unpacked / name).lstat().st_mode & 0o100} == runnable


def test_a_store_that_was_emptied_gets_the_same_layers_again(registry: Aws, source: Path) -> None:
    first = build_image(registry, source)
    local = registry.environment.local
    assert local is not None
    layers.remove_tree(local.image_store)
    assert build_image(registry, source).layers == first.layers


def test_the_tar_of_a_layer_that_was_deleted_is_written_again(registry: Aws, source: Path) -> None:
    first = build_image(registry, source)
    local = registry.environment.local
    assert local is not None
    for layer in first.layers:
        image.blob_path(local.image_store, layer.digest).unlink()
    second = build_image(registry, source)
    assert (second.layers, second.made) == (first.layers, 0)
    assert all(image.blob_path(local.image_store, layer.digest).is_file() for layer in second.layers)


def test_a_layer_contains_bytecode_and_is_read_only(registry: Aws, source: Path) -> None:
    layer = application_of(registry, build_image(registry, source))
    assert list(layer.glob("app/__pycache__/main.cpython-311.pyc"))
    modes = {path.stat().st_mode & 0o222 for path in [layer, *layer.rglob("*")]}
    assert modes == {0}


def test_a_damaged_layer_is_rebuilt(registry: Aws, source: Path) -> None:
    layer = application_of(registry, build_image(registry, source))
    (layer / "app").chmod(0o755)
    (layer / "app" / "main.py").unlink()
    assert build_image(registry, source).made == 1
    assert (layer / "app" / "main.py").read_text() == "app = None\n"
    assert sorted(path.name for path in layer.parent.iterdir() if path.name.startswith(".")) == []


def test_a_failed_build_leaves_no_partial_layer(registry: Aws, source: Path) -> None:
    (source / "app" / "broken.py").write_text("def (:\n")
    with pytest.raises(BuildFailed, match="does not compile"):
        build_image(registry, source)
    assert registry.environment.local is not None
    assert len(list((registry.environment.local.image_store / "layers").iterdir())) == 1  # the dependencies
