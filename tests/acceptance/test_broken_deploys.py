"""Deploys under load, each broken in a different way: the class of each verdict, and no failed requests."""

import asyncio
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.acceptance.command import BIN, Spendsense, client
from tests.acceptance.hiccups import behind
from tests.acceptance.load import Load
from tests.acceptance.plain_clients import aws
from tests.acceptance.test_denied_deploys import without
from tests.acceptance.test_documented_commands import present_credentials
from tests.acceptance.test_migrations import add_migration

pytestmark = pytest.mark.full
SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
PER_SECOND = 20
ENDS_WITHIN_S = 600
GONE_S = 10
STARTS = "log = logging.getLogger(__name__)\n"
SERVED = "    settings = resources.settings\n"


@dataclass(frozen=True)
class Broken:
    """A text of a file replaced by another, and what the deploy then says.

    verdicts: the possible ones; a deployment that completes before its alarm goes off is not rolled back.
    """

    file: str
    old: str
    new: str
    failure_class: str
    says: str
    verdicts: tuple[str, ...] = ("rolled_back",)
    classes: tuple[str, ...] = ()


BROKEN = {
    "crashes at start": Broken(
        "app/main.py", STARTS, f'{STARTS}raise RuntimeError("broken at start")\n', "crash", "broken at start"
    ),
    "health answers 500": Broken(
        "app/health.py",
        "    return Health()",
        '    raise RuntimeError("health is broken")',
        "health_path",
        "health is broken",
    ),
    "health answers 200 and a route 500": Broken(
        "app/version.py",
        SERVED,
        f'{SERVED}    raise ValueError("broken on purpose")\n',
        "requests",
        "GET /version 500",
        verdicts=("rolled_back", "requests_failed"),
        classes=("requests", "alarm"),
    ),
    "out of memory": Broken(
        "app/main.py", STARTS, f"{STARTS}HELD = [bytes([1]) * 2**20 for _ in range(4096)]\n", "memory", "OutOfMemory"
    ),
    "starts slower than the grace period": Broken(
        "app/main.py",
        STARTS,
        f'{STARTS}import time\nprint("Loading models ...", flush=True)\ntime.sleep(3600)\n',
        "slow_start",
        "Loading models",
    ),
}


@contextmanager
def under_load(up: Any) -> Iterator[None]:
    """Send requests meanwhile, none of which may fail."""
    with Load(up["url"], per_second=PER_SECOND) as tally:
        yield
    assert tally.failures == []
    assert tally.total > 0


def serving(spendsense: Spendsense) -> tuple[int, str]:
    [service] = spendsense.json("status", expect=None)["services"]
    return service["revision"], service["image"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_version_is_classed_and_the_old_one_serves_on(
    up: Any, spendsense: Spendsense, source_with: SourceWith, name: str
) -> None:
    broken = BROKEN[name]
    before = serving(spendsense)
    tree = source_with({broken.file: (broken.old, broken.new)})
    with Load(up["url"], per_second=PER_SECOND, path="/health") as tally:
        done = spendsense("deploy", "--source", str(tree), "--json", expect=1, timeout_s=ENDS_WITHIN_S)
    result = json.loads(done.stdout)
    assert result["verdict"] in broken.verdicts, done.stderr
    assert result["class"] in (broken.classes or (broken.failure_class,)), (result["cause"], done.stderr)
    assert broken.says in done.stderr + result["message"]
    assert tally.failures == []
    if result["verdict"] == "requests_failed":
        spendsense("rollback")
    assert serving(spendsense)[1] == before[1]


def refused(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the result of a deploy that began no deployment."""
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["ok"] is False
    return result


def test_an_image_that_is_missing_is_refused(up: Any, spendsense: Spendsense) -> None:
    before = serving(spendsense)
    with under_load(up):
        done = spendsense("deploy", "--tag", "v9", "--json", expect=1)
    assert refused(done)["class"] == "image"
    assert "has no image tagged v9" in done.stderr
    assert serving(spendsense) == before


def test_a_missing_key_of_a_secret_is_named(up: Any, spendsense: Spendsense) -> None:
    """The deploy role may not read values, so the task is the first to miss it."""
    before = serving(spendsense)
    secrets, name = client(up, "secretsmanager"), "spendsense-local/jwt"
    value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"old_key": value["secret_key"]}))
    try:
        with under_load(up):
            done = spendsense("deploy", "--force", "--json", expect=1)
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))
    result = refused(done)
    assert result["class"] == "secret", (result, done.stderr)
    assert "secret_key" in result["message"]
    assert value["secret_key"] not in done.stderr + done.stdout
    assert serving(spendsense)[1] == before[1]


def test_the_documents_own_step_ships_nothing_new(up: Any, spendsense: Spendsense, source_with: SourceWith) -> None:
    """Decision D-a: the task definition still names the image of before, whatever was pushed meanwhile."""
    tree = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.6.0"')})
    pushed = spendsense.json("build", "--source", str(tree), "--tag", "pushed")["image"]
    before, tasks = serving(spendsense), started(spendsense)
    service = ("--cluster", "spendsense-local", "--service", "spendsense-backend")
    with under_load(up):
        aws(up, "ecs", "update-service", *service, "--force-new-deployment")
        spendsense("wait", timeout_s=ENDS_WITHIN_S)
    assert not started(spendsense) & tasks, "every task is a new one"
    assert serving(spendsense) == before
    assert before[1] != pushed
    with under_load(up):
        spendsense("deploy", "--tag", "pushed", timeout_s=ENDS_WITHIN_S)
    assert serving(spendsense)[1] == pushed


def started(spendsense: Spendsense) -> set[str]:
    """Return the running tasks."""
    return {each["arn"] for each in spendsense.json("tasks")["tasks"] if each["status"] == "RUNNING"}


def test_a_secret_that_is_missing_is_named(up: Any, spendsense: Spendsense) -> None:
    before = serving(spendsense)
    secrets, name = client(up, "secretsmanager"), "spendsense-local/jwt"
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    try:
        with under_load(up):
            done = spendsense("deploy", "--force", "--json", expect=1)
    finally:
        secrets.restore_secret(SecretId=name)
    result = refused(done)
    assert result["class"] == "secret", (result, done.stderr)
    assert name in result["message"]
    assert serving(spendsense) == before


def test_a_permission_that_the_tasks_miss_is_named(up: Any, spendsense: Spendsense) -> None:
    before = serving(spendsense)
    with without(up, "execution", "start-task", "secretsmanager:GetSecretValue"), under_load(up):
        done = spendsense("deploy", "--force", "--json", expect=1)
    result = refused(done)
    assert result["class"] == "permission", (result, done.stderr)
    assert "is not allowed secretsmanager:GetSecretValue" in result["message"]
    assert serving(spendsense) == before


def test_a_migration_that_fails_begins_no_deployment(up: Any, spendsense: Spendsense, source_with: SourceWith) -> None:
    before, tree = serving(spendsense), source_with({})
    add_migration(tree, "SELECT 1/0")
    with under_load(up):
        done = spendsense("deploy", "--source", str(tree), "--json", expect=1)
    result = refused(done)
    assert result["class"] == "migration", result
    assert "sqlstate=22012" in result["message"], "PostgreSQL's code for a division by zero"
    assert serving(spendsense)[1] == before[1]


async def test_a_migration_that_waits_for_a_locked_table_gives_up_and_is_named(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    before, tree = serving(spendsense), source_with({})
    add_migration(tree, "ALTER TABLE uploads ADD COLUMN never integer")
    connection = await asyncpg.connect(**present_credentials({"AWS_ENDPOINT_URL": up["endpoint"]}), ssl=False)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE uploads IN ACCESS SHARE MODE")
            with under_load(up):
                done = await asyncio.to_thread(
                    spendsense, "deploy", "--source", str(tree), "--json", expect=1, timeout_s=ENDS_WITHIN_S
                )
    finally:
        await connection.close()
    result = refused(done)
    assert result["class"] == "migration", result
    assert "lock" in result["message"]
    assert serving(spendsense)[1] == before[1]


ROLLING_OUT = ("rev ", "  all tasks are running")
KILLED_AFTER = ("verify ", "build ", "register ", "Reading and migrating", "migrate ", *ROLLING_OUT)
"""The beginning of a line of progress: a deploy is killed as soon as it has printed it."""


def test_a_deploy_killed_at_each_step_can_be_repeated(up: Any, spendsense: Spendsense, source_with: SourceWith) -> None:
    tree = source_with({})
    with under_load(up):
        for number, line in enumerate(KILLED_AFTER):
            with (tree / "app" / "__init__.py").open("a") as package:
                package.write(f"# {number}\n")
            killed_after(spendsense, tree, line)
            # A deployment that has begun goes on without the command; to replace it is the deploy's own next step.
            again = ("--force",) if line in ROLLING_OUT else ()
            repeated = spendsense.json("deploy", "--source", str(tree), *again, timeout_s=ENDS_WITHIN_S)
            assert repeated["ok"], line
            assert serving(spendsense) == (repeated["revision"], repeated["image"]), line
            assert spendsense.json("lock", "status")["locked"] is False


def killed_after(spendsense: Spendsense, tree: Path, line: str) -> None:
    with deploying_since(spendsense, tree, line) as deploying:
        deploying.kill()
    assert deploying.returncode == -signal.SIGKILL


@contextmanager
def deploying_since(spendsense: Spendsense, tree: Path, line: str) -> Iterator["subprocess.Popen[str]"]:
    """A deploy that has printed a line with this beginning. It is killed if it has not ended."""
    with subprocess.Popen(
        [BIN / "spendsense", "deploy", "--source", str(tree), "--json"],
        env=spendsense.environment_of("deploy"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as deploying:
        try:
            assert deploying.stderr is not None
            printed = []
            for each in deploying.stderr:
                printed.append(each)
                if each.startswith(line):
                    break
            else:
                raise AssertionError(f"it never printed {line!r}: {''.join(printed)}")
            yield deploying
        finally:
            deploying.kill()


def test_of_two_deploys_at_once_the_second_says_who_deploys(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    tree = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.8.0"')})
    with under_load(up), deploying_since(spendsense, tree, "rev ") as first:
        second = spendsense("deploy", "--json", expect=1)
        answer, progress = first.communicate(timeout=ENDS_WITHIN_S)
    result = refused(second)
    assert result["class"] == "other_deploy", result
    assert f"(process {first.pid} on " in result["message"]
    deployed = json.loads(answer)
    assert (first.returncode, deployed["verdict"]) == (0, "deployed"), progress
    assert serving(spendsense) == (deployed["revision"], deployed["image"])


def test_an_endpoint_that_is_gone_for_ten_seconds_is_outlasted(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    tree = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.7.0"')})
    spendsense.environment_of("deploy")  # begins the session, which needs the endpoint
    with (
        under_load(up),
        behind(spendsense.home, None) as proxy,
        deploying_since(spendsense, tree, "rev ") as deploying,
    ):
        proxy.away.set()
        back = threading.Timer(GONE_S, proxy.away.clear)
        back.start()
        answer, progress = deploying.communicate(timeout=ENDS_WITHIN_S)
        back.join()
    deployed = json.loads(answer)
    assert (deploying.returncode, deployed["verdict"]) == (0, "deployed"), progress
    assert proxy.failed.total() > 0
    assert "AWS responds again, after" in progress
    assert serving(spendsense) == (deployed["revision"], deployed["image"])


def test_a_rollback_during_a_deploy_returns_to_what_served(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    before = serving(spendsense)
    tree = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.9.0"')})
    with under_load(up):
        killed_after(spendsense, tree, "rev ")
        back = spendsense.json("rollback", timeout_s=ENDS_WITHIN_S)
    assert back["ok"], back
    assert serving(spendsense)[1] == before[1]


def test_a_rollback_across_a_migration_says_so(up: Any, spendsense: Spendsense, source_with: SourceWith) -> None:
    before, tree = serving(spendsense), source_with({})
    head = add_migration(tree, "SELECT 1")
    with under_load(up):
        spendsense("deploy", "--source", str(tree), timeout_s=ENDS_WITHIN_S)
        back = spendsense("rollback", timeout_s=ENDS_WITHIN_S)
    assert head in back.stdout + back.stderr
    assert "next" in back.stdout + back.stderr
    assert serving(spendsense)[1] == before[1]
