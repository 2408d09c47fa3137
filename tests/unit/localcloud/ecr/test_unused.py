"""The parts of the image store that are still needed."""

import hashlib
import json
from pathlib import Path
from typing import Any

from localcloud.ecr.unused import referred, remove
from localcloud.tasks.images.pushed_images import key_of


def blob(store: Path, content: object) -> str:
    text = json.dumps(content)
    name = hashlib.sha256(text.encode()).hexdigest()
    (store / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (store / "blobs" / "sha256" / name).write_text(text)
    return name


def image(store: Path, name: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    configuration = {"config": {"Env": ["PATH=/opt/venv/bin"], "WorkingDir": f"/{name}"}}
    layers = [{"digest": f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"}]
    manifest = {"config": {"digest": f"sha256:{blob(store, configuration)}"}, "layers": layers}
    return blob(store, manifest), manifest, configuration


def names(manifest: dict[str, Any]) -> set[str]:
    return {each["digest"].removeprefix("sha256:") for each in (manifest["config"], *manifest["layers"])}


def test_an_image_needs_its_parts_and_what_it_was_unpacked_to(tmp_path: Path) -> None:
    digest, manifest, configuration = image(tmp_path, "a")
    used = referred(tmp_path, [json.dumps(manifest)], [])
    assert used.blobs == {digest} | names(manifest)
    assert used.unpacked == {key_of(manifest["layers"], configuration)}


def test_what_runs_is_needed_although_no_repository_has_it_and_through_an_index_too(tmp_path: Path) -> None:
    digest, manifest, _ = image(tmp_path, "a")
    index = blob(tmp_path, {"manifests": [{"digest": f"sha256:{digest}"}, {"digest": "sha256:another-platform"}]})
    used = referred(tmp_path, [], [f"sha256:{index}", "sha256:gone"])
    assert used.blobs == {index, digest} | names(manifest)
    assert len(used.unpacked) == 1


def test_the_dependencies_of_the_last_build_are_kept_for_the_next_one(tmp_path: Path) -> None:
    assert referred(tmp_path, [], []).blobs == set()
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "one").write_text("a" * 64)
    assert referred(tmp_path, [], []).blobs == {"a" * 64}


def test_a_damaged_configuration_hinders_nothing(tmp_path: Path) -> None:
    _, manifest, _ = image(tmp_path, "a")
    (tmp_path / "blobs" / "sha256" / manifest["config"]["digest"].removeprefix("sha256:")).write_text("{")
    used = referred(tmp_path, [json.dumps(manifest)], [])
    assert used.blobs >= names(manifest)
    assert used.unpacked == set()


def test_a_sealed_layer_can_be_removed(tmp_path: Path) -> None:
    below = tmp_path / "layer" / "app"
    below.mkdir(parents=True)
    (below / "main.py").touch()
    (below / "out").symlink_to(tmp_path)
    for each in (below, below.parent):
        each.chmod(0o555)
    remove(below.parent)
    assert list(tmp_path.iterdir()) == []
