"""The image: layers, digests, tags."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName
from ops.errors import BuildFailed, Misuse
from ops.image import build, layers
from ops.image import registry as image
from ops.image.source import schema_head


@pytest.fixture
def registry(aws: Aws) -> Aws:
    aws.ecr.create_repository(repositoryName="spendsense-backend", imageTagMutability="IMMUTABLE")
    return aws


def made(aws: Aws, source: Path, tag: str | None = None) -> build.Built:
    return build.run(aws, build.Options(source=source, tag=tag), Console())


def application_of(aws: Aws, built: build.Built) -> Path:
    assert aws.environment.local is not None
    return aws.environment.local.image_store / "layers" / built.layers[1].digest.removeprefix("sha256:")


def names_below(root: Path) -> set[Path]:
    """Files and links, also to directories: `lib64` of a virtual environment is one."""
    return {path.relative_to(root) for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}


def content_of(path: Path) -> bytes | Path:
    """A file's bytes, or where a link leads."""
    return path.readlink() if path.is_symlink() else path.read_bytes()


def test_an_image_is_registered_under_the_digest_of_its_manifest(registry: Aws, source: Path) -> None:
    built = made(registry, source)
    manifest = registry.ecr.batch_get_image(
        repositoryName="spendsense-backend", imageIds=[{"imageDigest": built.digest}]
    )["images"][0]["imageManifest"]
    assert image.digest_of(manifest.encode()) == built.digest
    assert built.image == f"123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@{built.digest}"
    assert image.schema_head_of(registry, built.image) == "0001"


def test_the_same_source_gives_the_same_digest_in_any_directory(registry: Aws, source: Path, tmp_path: Path) -> None:
    first = made(registry, source)
    second = made(registry, source.rename(tmp_path / "elsewhere"))
    assert second.digest == first.digest
    assert (first.made, second.made) == (2, 0)


def test_a_layer_is_a_tar_with_its_digest_and_size(registry: Aws, source: Path, tmp_path: Path) -> None:
    (source / "app" / "link.py").symlink_to("main.py")
    (source / "app" / "run.sh").write_text("#!/bin/sh\n")
    (source / "app" / "run.sh").chmod(0o700)
    built = made(registry, source)
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
    first = made(registry, source)
    local = registry.environment.local
    assert local is not None
    layers.remove_tree(local.image_store)
    assert made(registry, source).layers == first.layers


def test_the_tar_of_a_layer_that_was_deleted_is_written_again(registry: Aws, source: Path) -> None:
    first = made(registry, source)
    local = registry.environment.local
    assert local is not None
    for layer in first.layers:
        image.blob_path(local.image_store, layer.digest).unlink()
    second = made(registry, source)
    assert (second.layers, second.made) == (first.layers, 0)
    assert all(image.blob_path(local.image_store, layer.digest).is_file() for layer in second.layers)


def test_a_changed_source_gives_another_layer_and_leaves_the_first_as_it_was(registry: Aws, source: Path) -> None:
    first = made(registry, source)
    (source / "app" / "main.py").write_text("app = 2\n")
    second = made(registry, source)
    assert second.layers[0] == first.layers[0]
    assert (application_of(registry, first) / "app" / "main.py").read_text() == "app = None\n"
    assert (application_of(registry, second) / "app" / "main.py").read_text() == "app = 2\n"


def test_a_layer_contains_bytecode_and_is_read_only(registry: Aws, source: Path) -> None:
    layer = application_of(registry, made(registry, source))
    assert list(layer.glob("app/__pycache__/main.cpython-311.pyc"))
    modes = {path.stat().st_mode & 0o222 for path in [layer, *layer.rglob("*")]}
    assert modes == {0}


def test_the_working_directory_of_the_image_does_not_name_the_store(registry: Aws, source: Path) -> None:
    built = made(registry, source)
    local = registry.environment.local
    assert local is not None
    manifest = json.loads(image.blob_path(local.image_store, built.digest).read_bytes())
    whole = json.loads(image.blob_path(local.image_store, manifest["config"]["digest"]).read_bytes())
    assert whole["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    config = whole["config"]
    assert config["WorkingDir"] == "{images}/layers/" + built.layers[1].digest.removeprefix("sha256:")
    assert str(local.image_store) not in json.dumps([manifest, whole])


def test_a_damaged_layer_is_rebuilt(registry: Aws, source: Path) -> None:
    layer = application_of(registry, made(registry, source))
    (layer / "app").chmod(0o755)
    (layer / "app" / "main.py").unlink()
    assert made(registry, source).made == 1
    assert (layer / "app" / "main.py").read_text() == "app = None\n"
    assert sorted(path.name for path in layer.parent.iterdir() if path.name.startswith(".")) == []


def test_a_failed_build_leaves_no_partial_layer(registry: Aws, source: Path) -> None:
    (source / "app" / "broken.py").write_text("def (:\n")
    with pytest.raises(BuildFailed, match="does not compile"):
        made(registry, source)
    assert registry.environment.local is not None
    assert len(list((registry.environment.local.image_store / "layers").iterdir())) == 1  # the dependencies


def test_bytecode_editor_files_and_hidden_files_stay_out_of_the_image(registry: Aws, source: Path) -> None:
    first = made(registry, source)
    cache = source / "app" / "__pycache__"
    cache.mkdir()
    (cache / "main.cpython-311.pyc").write_bytes(b"x")
    (source / "app" / ".main.py.swp").write_bytes(b"x")
    assert made(registry, source).digest == first.digest


def test_a_chosen_tag_that_names_another_image_is_refused(registry: Aws, source: Path) -> None:
    made(registry, source, tag="v1")
    assert made(registry, source, tag="v1").tag == "v1"
    (source / "app" / "main.py").write_text("app = 2\n")
    with pytest.raises(BuildFailed, match="tag v1 already names another image, sha256:"):
        made(registry, source, tag="v1")


def test_a_build_is_named_after_the_commit_and_marked_when_the_tree_differs(registry: Aws, source: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "First"],
    ):
        subprocess.run(["git", "-C", source, *command], check=True, env=environment)
    commit = subprocess.run(
        ["git", "-C", source, "rev-parse", "HEAD"], check=True, capture_output=True, text=True, env=environment
    ).stdout
    assert made(registry, source).tag == commit[:12]
    (source / "README.md").write_text("not in the image\n")
    assert made(registry, source).tag == commit[:12]
    (source / "app" / "main.py").write_text("app = 2\n")
    assert made(registry, source).tag.startswith(f"{commit[:12]}-dirty-")


def test_a_copy_inside_another_repository_is_named_by_its_content(registry: Aws, source: Path) -> None:
    subprocess.run(["git", "-C", source.parent, "init", "-q"], check=True)
    assert made(registry, source).tag.startswith("src-")


def test_a_directory_that_is_not_a_source_tree_is_refused(registry: Aws, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"there is no app/main\.py"):
        made(registry, tmp_path)


def test_images_are_not_built_for_aws(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="environment prod runs container images"):
        build.image_store(Environment(name=EnvironmentName.PROD, region="us-west-1"))


def test_two_newest_migrations_stop_the_build(source: Path) -> None:
    versions = source / "app" / "migrations" / "versions"
    (versions / "second.py").write_text('revision: str = "0002"\ndown_revision: str | None = "0001"\n')
    assert schema_head(versions.iterdir()) == "0002"
    (versions / "other.py").write_text('revision = "0003"\ndown_revision = ("0001",)\n')
    with pytest.raises(BuildFailed, match="2 heads: 0002, 0003"):
        schema_head(versions.iterdir())


def test_a_requirement_that_cannot_be_installed_fails_with_its_reason(registry: Aws, source: Path) -> None:
    (source / "requirements.txt").write_text("not a requirement\n")
    with pytest.raises(BuildFailed, match="uv pip failed"):
        made(registry, source)


def test_an_unfinished_layer_never_takes_the_final_name(tmp_path: Path) -> None:
    def fill(directory: Path) -> None:
        (directory / "half").write_text("x")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        layers.ensure_layer(tmp_path, "ab", fill)
    assert list((tmp_path / "layers").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app/main.py", b"def broken(:\n"),
        ("app/main.py", b"name = '\xe9'\n"),
        ("app/migrations/versions/first.py", b"revision = \n"),
        ("app/migrations/versions/first.py", b"revision = made()\n"),
    ],
)
def test_source_that_does_not_compile_is_reported_in_the_error_and_not_on_stdout(
    registry: Aws, source: Path, capsys: pytest.CaptureFixture[str], name: str, text: bytes
) -> None:
    (source / name).write_bytes(text)
    with pytest.raises(BuildFailed, match=Path(name).name):
        made(registry, source)
    assert capsys.readouterr().out == ""
