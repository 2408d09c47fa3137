"""Migrations expand before the code or contract after it, so that running code never notices."""

from typing import Any

import pytest

from tests.unit.app.stores.expand_contract import AFTER, BEFORE, violations
from tests.unit.app.stores.test_schema_revisions import SCRIPTS

ACCEPTED = {
    "0004": "numeric(14, 2) becomes numeric: without a rewrite, and what older code writes and reads still fits",
}


class Recorder:
    """Alembic's `op`, which keeps the statements; other operations are kept by name."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: object) -> None:
        self.statements.append(str(statement))

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **_: self.statements.append(f"{name.upper().replace('_', ' ')} {arguments}")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.revision)
def test_running_code_does_not_notice_a_migration(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(script.module, "op", recorder)
    script.module.upgrade()
    assert recorder.statements
    found = violations(script.module.RUNS, recorder.statements)
    assert (found == []) is (script.revision not in ACCEPTED), found


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE users DROP COLUMN role", "DROP COLUMN"),
        ("ALTER TABLE users\n RENAME COLUMN role TO kind", "RENAME COLUMN"),
        ("ALTER TABLE users ALTER COLUMN role SET NOT NULL", "SET NOT NULL"),
        ("ALTER TABLE users ALTER COLUMN role TYPE integer USING 0", "ALTER COLUMN role TYPE"),
        ("DROP TABLE users", "DROP TABLE"),
        ("DROP COLUMN ('users', 'role')", "DROP COLUMN"),
        (
            "ALTER TABLE users ADD COLUMN a text, ADD COLUMN b text NOT NULL CHECK (b IN ('x', 'y'))",
            "column b is NOT NULL",
        ),
        ("ALTER TABLE users ADD CONSTRAINT c CHECK (length(role) > 0)", "constraint c is checked under a lock"),
    ],
)
def test_what_running_code_would_notice_is_named(statement: str, named: str) -> None:
    [found] = violations(BEFORE, [statement])
    assert named in found


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE users ADD COLUMN a text NOT NULL DEFAULT 'x' CHECK (a IN ('x', 'y')), ADD COLUMN b text",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (length(role) > 0) NOT VALID",
        "CREATE INDEX CONCURRENTLY i ON users (role)",
        "ALTER TABLE users ALTER COLUMN role DROP NOT NULL",
    ],
)
def test_what_running_code_can_ignore_is_accepted(statement: str) -> None:
    assert violations(BEFORE, [statement]) == []


def test_after_the_code_nothing_is_added() -> None:
    assert violations(AFTER, ["ALTER TABLE users DROP COLUMN role"]) == []
    [found] = violations(AFTER, ["ALTER TABLE users ADD COLUMN kind text, DROP COLUMN role"])
    assert found == "adds, which belongs before the code: ADD COLUMN"
