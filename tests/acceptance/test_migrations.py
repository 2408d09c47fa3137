"""A deploy's reports about the schema: when it is interrupted, and when only the code is rolled back."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.stores.schema_revisions import head
from tests.acceptance.command import BIN, Spendsense, client
from tests.waiting import wait_until

pytestmark = pytest.mark.long

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
MIGRATION = """
from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade() -> None:
    op.execute("{statement}")
"""
CRASHES = ('__version__ = "0.1.0"', '__version__ = "0.1.0"\nimport sys\nif "uvicorn" in sys.argv[0]: sys.exit(9)')


def add_migration(tree: Path, statement: str) -> str:
    """Return the revision that was the head before."""
    before = head()
    assert before is not None
    text = MIGRATION.format(revision="next", before=before, statement=statement)
    (tree / "app" / "migrations" / "versions" / "next.py").write_text(text)
    return before


def migrations(up: Any) -> list[dict[str, Any]]:
    """Return the tasks of migrations that are not STOPPED."""
    ecs = client(up, "ecs")
    arns = ecs.list_tasks(cluster="spendsense-local")["taskArns"]
    running = ecs.describe_tasks(cluster="spendsense-local", tasks=arns)["tasks"] if arns else []
    return [each for each in running if each.get("startedBy", "").startswith("spendsense-")]


@pytest.mark.parametrize(
    "number",
    # test_interrupted_deploys.py interrupts a deploy by SIGINT, too.
    [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.full)],
)
def test_a_deploy_interrupted_in_its_migration_stops_it_and_says_so(
    up: Any, spendsense: Spendsense, source_with: SourceWith, number: signal.Signals
) -> None:
    tree = source_with({})
    add_migration(tree, "SELECT pg_sleep(300)")
    with subprocess.Popen(
        [BIN / "spendsense", "deploy", "--source", str(tree)],
        env=spendsense.environment_of("deploy"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as deploying:
        wait_until(lambda: [task["lastStatus"] for task in migrations(up)] == ["RUNNING"], 120)
        deploying.send_signal(number)
        _, progress = deploying.communicate(timeout=120)
    assert deploying.returncode == 128 + number
    assert "was stopped; what it had not committed was rolled back" in progress
    wait_until(lambda: migrations(up) == [], 60)


def test_an_automatic_rollback_says_that_the_schema_has_moved_and_a_repair_can_still_be_deployed(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    tree = source_with({"app/__init__.py": CRASHES})
    before = add_migration(tree, "SELECT 1")
    failed = spendsense.json("deploy", "--source", str(tree), expect=1)
    assert failed["verdict"] == "rolled_back", failed
    assert failed["schema"] == {"before": before, "after": "next", "is_newer": False}
    assert f"the schema was migrated from {before} to next and stays there" in failed["message"]
    repaired = spendsense.json("deploy")
    assert repaired["ok"]
    assert repaired["schema"] == {"before": "next", "after": "next", "is_newer": True}
