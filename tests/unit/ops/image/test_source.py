"""The migrations in the source tree of an image."""

from pathlib import Path

import pytest

from ops.errors import BuildFailed
from ops.image.source import schema_head


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
