"""The schema revisions that the code knows, and the documentation that every migration needs."""

import inspect

import pytest
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from app.migrations.upgrade import ALEMBIC_INI
from app.stores import schema_revisions
from app.stores.schema_revisions import SchemaState

SCRIPTS: list[Script] = list(ScriptDirectory.from_config(Config(ALEMBIC_INI)).walk_revisions())


def test_the_head_is_the_one_alembic_finds():
    assert schema_revisions.head() == SCRIPTS[0].revision
    assert schema_revisions.revisions() == {script.revision for script in SCRIPTS}


@pytest.mark.parametrize(
    "assignments",
    [
        'revision = "new"\ndown_revision = "first"',
        "revision = 'new'\ndown_revision = 'first'",
        'revision: str = "new"\ndown_revision: str | None = "first"',
        'revision, down_revision = "new", "first"',
        'revision = "new"  # the newest\ndown_revision = "first"',
        'revision = "new"\ndown_revision = ("left", "right")',
    ],
)
def test_a_migration_may_assign_its_revisions_in_every_form_that_alembic_reads(tmp_path, assignments):
    """A revision that this code did not see would be a migration that no deploy runs."""
    versions = tmp_path / "versions"
    versions.mkdir()
    for name, before in (("first", None), ("left", "first"), ("right", "first")):
        text = f"revision = {name!r}\ndown_revision = {before!r}\n"
        if name == "first" or name in assignments:
            (versions / f"{name}.py").write_text(text)
    (versions / "any_name.py").write_text(assignments + "\n")
    assert schema_revisions.head(versions) == "new"
    assert schema_revisions.revisions(versions) >= {"first", "new"}


def test_a_database_is_compared_with_the_code():
    oldest = SCRIPTS[-1].revision
    assert schema_revisions.state_of(schema_revisions.head()) is SchemaState.CURRENT
    assert schema_revisions.state_of("9999") is SchemaState.AHEAD
    assert schema_revisions.state_of(None) is SchemaState.EMPTY
    assert schema_revisions.state_of(oldest) is (SchemaState.BEHIND if len(SCRIPTS) > 1 else SchemaState.CURRENT)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.revision)
def test_every_migration_says_when_it_runs_and_can_be_undone_or_says_why_not(script):
    module = script.module
    assert module.RUNS in {"before the code", "after the code"}
    assert inspect.getdoc(module.upgrade)
    assert inspect.getdoc(module.downgrade)
