"""The source tree of an image: its files, its version and its migrations."""

import os
import subprocess
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.errors import BuildFailed
from ops.image.source import schema_head
from tests.unit.ops.image.built import build_image


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


def test_two_newest_migrations_stop_the_build(source: Path) -> None:
    versions = source / "app" / "migrations" / "versions"
    (versions / "second.py").write_text('revision: str = "0002"\ndown_revision: str | None = "0001"\n')
    assert schema_head(versions.iterdir()) == "0002"
    (versions / "other.py").write_text('revision = "0003"\ndown_revision = ("0001",)\n')
    with pytest.raises(BuildFailed, match="2 heads: 0002, 0003"):
        schema_head(versions.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        'revision, down_revision = "0002", "0001"',
        'revision = head = "0002"\ndown_revision = ["0001"]',
        '(revision, down_revision) = ("0002", ("0001",))',
        '"""Text."""\nrevision: str = "0002"\ndown_revision: str = "0001"',
    ],
)
def test_a_migration_is_read_in_every_form_of_assignment(source: Path, text: str) -> None:
    versions = source / "app" / "migrations" / "versions"
    (versions / "second.py").write_text(f"{text}\n")
    assert schema_head(versions.iterdir()) == "0002"


@pytest.mark.parametrize("text", ["", 'if True:\n    revision = "0002"\n', "revision = 2\n", "revision = None\n"])
def test_a_migration_without_a_readable_revision_stops_the_build(source: Path, text: str) -> None:
    """Else the image's label would name an older schema, and a rollback would believe it."""
    versions = source / "app" / "migrations" / "versions"
    (versions / "second.py").write_text(text)
    with pytest.raises(BuildFailed, match=r"second\.py: a migration should have its `revision` as a string"):
        schema_head(versions.iterdir())
