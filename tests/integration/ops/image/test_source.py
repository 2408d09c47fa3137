"""The source tree of an image: its files and its version."""

import os
import subprocess
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.errors import BuildFailed
from tests.integration.ops.image.built import build_image


def test_bytecode_editor_files_and_hidden_files_stay_out_of_the_image(registry: Aws, source: Path) -> None:
    first = build_image(registry, source)
    cache = source / "app" / "__pycache__"
    cache.mkdir()
    (cache / "main.cpython-311.pyc").write_bytes(b"x")
    (source / "app" / ".main.py.swp").write_bytes(b"x")
    assert build_image(registry, source).digest == first.digest


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
    assert build_image(registry, source).tag == commit[:12]
    (source / "README.md").write_text("not in the image\n")
    assert build_image(registry, source).tag == commit[:12]
    (source / "app" / "main.py").write_text("app = 2\n")
    assert build_image(registry, source).tag.startswith(f"{commit[:12]}-dirty-")


def test_a_copy_inside_another_repository_is_named_by_its_content(registry: Aws, source: Path) -> None:
    subprocess.run(["git", "-C", source.parent, "init", "-q"], check=True)
    assert build_image(registry, source).tag.startswith("src-")


def test_a_directory_that_is_not_a_source_tree_is_refused(registry: Aws, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"app/main\.py is missing, so this is not a source tree"):
        build_image(registry, tmp_path)
