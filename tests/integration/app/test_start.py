"""The start of a process: nothing slow is imported before it serves, and missing settings are named."""

import os
import subprocess
import sys

import pytest

from app.resources import WARMED_UP

SETTINGS = {
    "ENVIRONMENT": "local",
    "DATABASE_URL": "postgresql://u:p@db/x",
    "REDIS_URL": "redis://cache/0",
    "JWT_SECRET_KEY": "k" * 32,
    "DATA_BUCKET": "some-bucket",
    "AWS_REGION": "us-west-1",
}
# Whole libraries; the first request that needs one imports it, or the warm-up does.
SLOW = {
    "alembic",
    "authlib",
    "boto3",
    "botocore",
    "cryptography",
    "httpx",
    "lxml",
    "opentelemetry.sdk",
    "requests",
    "sqlalchemy",
    "zxcvbn",
    *WARMED_UP,
}


def test_the_application_is_made_without_any_slow_library():
    code = "import sys, app.main; app.main.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **SETTINGS}, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert "fastapi" in imported
    assert imported & SLOW == set()


def test_every_library_of_the_warm_up_is_there():
    code = f"import importlib\nfor name in {WARMED_UP!r}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_redis_answers_is_read_in_c():
    """Without hiredis everything works too, but a cached response costs a tenth more."""
    code = "from redis.utils import HIREDIS_AVAILABLE; assert HIREDIS_AVAILABLE"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_warm_up_and_first_requests_import_sqlalchemy_through_one_door():
    """Two threads that import it at once see its packages half initialized: requests failed that way under load."""
    code = """
import threading
import app.main
resources = app.main.app.state.resources
failures = []
def use():
    try:
        resources.database.engine
    except Exception as exc:
        failures.append(exc)
threads = [threading.Thread(target=resources.warm_up), *(threading.Thread(target=use) for _ in range(4))]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert failures == [], failures
assert "engine" in vars(resources.database)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **SETTINGS}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not any(name.startswith("sqlalchemy") for name in WARMED_UP)


def test_imports_do_not_count_as_a_dependency_that_does_not_respond():
    """The first readiness check of a task on a busy machine answered 503: it imported for longer than it may take."""
    code = """
import asyncio, importlib.abc, sys
import app.main
from app import health

class Loop(asyncio.SelectorEventLoop):
    ahead_s = 0.0

    def time(self):
        return super().time() + self.ahead_s

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in ("asyncpg", "redis.asyncio"):
            Loop.ahead_s += 2 * health.CHECK_TIMEOUT_S

sys.meta_path.insert(0, Slow())
health.CHECK_TIMEOUT_S = 60.0
with asyncio.Runner(loop_factory=Loop) as runner:
    found = runner.run(health.look(app.main.app.state.resources))
assert Loop.ahead_s == 4 * health.CHECK_TIMEOUT_S
for name in ("database", "redis"):
    assert found[name].status == "failed", found
    assert "within" not in found[name].reason, found
"""
    refusing = {
        **SETTINGS,
        "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **refusing}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", ["app.migrate", "app.set_role", "app.workers.host"])
def test_a_program_without_a_web_server_loads_no_framework(program: str) -> None:
    asked = f"import sys, {program}; print(*({{'fastapi', 'starlette'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("command", [["-m", "uvicorn", "app.main:app", "--port", "0"], ["-m", "app.migrate"]])
def test_a_process_without_its_settings_ends_with_one_line(command: list[str]) -> None:
    settings = {name: value for name, value in {**os.environ, **SETTINGS}.items() if name != "DATABASE_URL"}
    done = subprocess.run([sys.executable, *command], env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "spendsense: cannot start: environment variable DATABASE_URL is not set\n"
    assert done.stdout == ""
