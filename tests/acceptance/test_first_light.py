"""First light: up from nothing, real spending data, new versions under load, failures of every kind."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance import as_planned
from tests.acceptance.bank_export import bank_export
from tests.acceptance.command import Spendsense, client, runs
from tests.acceptance.load import Load
from tests.acceptance.plain_clients import aws, aws_cli_2, ecs_deploy
from tests.terraform import tagged
from tests.waiting import wait_until

ROWS = 50_000

RATE = 130  # requests per second, when the machine manages; the test needs enough of both versions
ROLLBACK_RATE = 40

ENOUGH_REQUESTS = 300

STORES = ("database", "redis", "storage")

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}

CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home: here `up` installs the dependencies, too."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def up(spendsense: Spendsense) -> Any:
    """Start the environment from nothing."""
    return spendsense.first_up()


def test_up_from_nothing_ends_with_a_healthy_service(up: Any, spendsense: Spendsense) -> None:
    assert up["was_running"] is False
    assert set(up["phases_s"]) >= {"local_cloud", "terraform", "build", "migrate", "roll_out", "healthy"}

    def ready() -> bool:
        """Return whether every part is ready at once; a new task's first query may take longer than /ready waits."""
        checks = httpx.get(f"{up['url']}/ready").json()["checks"]
        return {name: check["status"] for name, check in checks.items()} == dict.fromkeys(STORES, "ok")

    wait_until(ready, timeout_s=60)


def test_resources_are_as_the_code_declares_them(up: Any, spendsense: Spendsense) -> None:
    path = spendsense.home / "local" / "terraform" / "code" / "terraform.tfstate"
    assert as_planned.unlike(lambda service: client(up, service), as_planned.planned(path)) == []
    assert tagged.unlisted(lambda service, region: client({**up, "region": region}, service), path) == []
    assert spendsense.json("drift")["drift"] is False
    assert "nothing was destroyed" in spendsense("destroy", expect=2).stderr


def test_status_is_a_contract_for_scripts(up: Any, spendsense: Spendsense) -> None:
    status = spendsense.json("status", expect=None)  # a slow machine may have raised an alarm
    fields = [
        "env",
        "endpoint",
        "registry",
        "region",
        "url",
        "cluster",
        "recovering_since",
        "services",
        "targets",
        "alarms",
    ]
    fields += ["rolling_back", "paused", "healthy", "reasons", "local_cloud"]
    assert list(status) == fields
    assert set(status["alarms"]) == {"spendsense-local-error-rate-surge", "spendsense-local-latency-high"}
    assert (status["env"], status["cluster"], status["url"]) == ("local", CLUSTER, up["url"])
    (service,) = status["services"]
    assert list(service) == [
        "name",
        "status",
        "desired",
        "running",
        "pending",
        "revision",
        "image",
        "deployments",
    ]
    assert (service["name"], service["desired"], service["running"]) == (SERVICE, 2, 2)
    assert "@sha256:" in service["image"]
    assert [set(target) for target in status["targets"]] == [{"id", "port", "state", "reason"}] * 2
    assert {target["state"] for target in status["targets"]} == {"healthy"}


def test_fifty_thousand_rows_give_the_sums_computed_here(up: Any) -> None:
    content, expected = bank_export(ROWS)
    with signed_in(up["url"]) as client:
        report = client.post("/api/v1/uploads", files={"file": ("spending.csv", content)})
        assert report.status_code == 201, report.text
        assert summary(client) == expected
        again = client.post("/api/v1/uploads", files={"file": ("spending.csv", content)})
        assert again.status_code in {200, 201}, again.text
        assert summary(client) == expected


def test_a_new_version_ships_under_load_without_losing_a_request(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    before = served_version(up["url"])
    source = source_with({"app/__init__.py": (f'__version__ = "{before}"', '__version__ = "9.9.9"')})
    with Load(up["url"], per_second=RATE) as tally:
        result = spendsense.json("deploy", "--source", str(source))
    assert tally.failures == []
    assert tally.total >= ENOUGH_REQUESTS
    assert set(tally.answered) == {"keep-alive", "new"}
    assert set(tally.versions) == {before, "9.9.9"}
    assert (result["ok"], result["verdict"]) == (True, "deployed")
    assert served_version(up["url"]) == "9.9.9"
    assert spendsense.json("status", expect=None)["services"][0]["revision"] == result["revision"]


def test_a_rollback_restores_the_previous_revision_and_loses_no_request(up: Any, spendsense: Spendsense) -> None:
    newest, *_ = spendsense.json("history")["deployments"]
    with Load(up["url"], per_second=ROLLBACK_RATE) as tally:
        back = spendsense.json("rollback")
    assert (back["ok"], back["from"]["revision"]) == (True, newest["revision"])
    assert back["to"]["revision"] == up["revision"]
    assert tally.failures == []
    assert served_version(up["url"]) != "9.9.9"
    serving, *_ = spendsense.json("history")["deployments"]
    assert (serving["revision"], serving["serves"], serving["status"]) == (up["revision"], True, "SUCCESSFUL")


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "app/main.py",
            "log = logging.getLogger(__name__)",
            'log = logging.getLogger(__name__)\nraise RuntimeError("broken at start")',
            "broken at start",
        ),
        pytest.param(  # the deploy of test_strategies.py is broken in the same way
            "app/health.py",
            "    return Health()",
            '    raise RuntimeError("health is broken")',
            "health is broken",
            marks=pytest.mark.full,
        ),
    ],
    ids=["crashes at start", "health answers 500"],
)
def test_a_bad_version_is_rolled_back_and_explained_and_never_disturbs_the_old_one(
    up: Any, spendsense: Spendsense, source_with: SourceWith, file: str, old: str, new: str, reason: str
) -> None:
    before, revision = served_version(up["url"]), spendsense.json("status", expect=None)["services"][0]["revision"]
    source = source_with({file: (old, new)})
    started = time.monotonic()
    with Load(up["url"], per_second=40) as tally:
        done = spendsense("deploy", "--source", str(source), "--json", expect=1)
    assert time.monotonic() - started < 150
    result = json.loads(done.stdout)
    assert (result["ok"], result["verdict"]) == (False, "rolled_back")
    assert result["failures"], "the failed tasks are told"
    assert result["class"] == {"broken at start": "crash", "health is broken": "health_path"}[reason], result["cause"]
    assert result["traffic"]["failures"] == {}
    assert any(reason in line for failure in result["failures"] for line in failure["log"])
    assert reason in done.stderr
    assert f"rolled back to revision {revision}" in result["message"]
    assert tally.failures == []
    assert set(tally.versions) == {before}
    assert spendsense.json("status", expect=None)["services"][0]["revision"] == revision


def test_a_killed_task_is_replaced(up: Any, spendsense: Spendsense) -> None:
    tasks = set(task_arns(up))
    victim = next(each for each in spendsense.processes() if any("uvicorn" in part for part in each.cmdline()))
    victim.kill()
    wait_until(lambda: set(task_arns(up)) != tasks and spendsense("status", expect=None).returncode == 0, 60)
    assert len(task_arns(up)) == 2


def test_a_second_up_only_verifies(up: Any, spendsense: Spendsense) -> None:
    tasks = task_arns(up)
    again = spendsense.json("up")
    assert again["was_running"] is True
    assert (again["pid"], again["url"], again["endpoint"]) == (up["pid"], up["url"], up["endpoint"])
    assert task_arns(up) == tasks


def test_up_prints_commands_that_work_when_pasted(up: Any, spendsense: Spendsense) -> None:
    printed = spendsense("up").stdout
    assert up["url"] in printed
    lines = [line.strip() for line in printed.splitlines()]
    script = "\n".join(line for line in lines if line.startswith(("curl", "TOKEN=", "printf")))
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=60, check=True)
    assert '"RENT_AND_UTILITIES"' in done.stdout


def test_logs_show_each_request_once(up: Any, spendsense: Spendsense) -> None:
    marker = f"/no-such-page-{time.time_ns()}"
    httpx.get(up["url"] + marker, headers={"X-Request-ID": marker.strip("/")})

    def lines() -> list[str]:
        return [line for line in spendsense("logs", "--since", "5m").stdout.splitlines() if marker.strip("/") in line]

    wait_until(lambda: bool(lines()), 60)
    assert len(lines()) == 1


def test_each_kind_of_line_is_in_its_own_log_group(up: Any, spendsense: Spendsense) -> None:
    marker = f"/no-such-page-{time.time_ns()}"

    def kinds() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for group in (f"/ecs/{SERVICE}", f"/ecs/{SERVICE}/access", f"/ecs/{SERVICE}/errors"):
            answer = aws(up, "logs", "filter-log-events", "--log-group-name", group)
            texts = [event["message"] for event in json.loads(answer.stdout)["events"]]
            records = [json.loads(text) for text in texts if text.startswith("{")]
            found[group] = {record["stream"] for record in records}
            if any(marker.strip("/") in text for text in texts):
                asked_in.add(group)
        return found

    asked_in: set[str] = set()
    httpx.get(up["url"] + marker, headers={"X-Request-ID": marker.strip("/")})
    wait_until(lambda: bool(kinds() and asked_in), 20)
    found = kinds()
    assert found[f"/ecs/{SERVICE}/access"] == {"access"}
    assert found[f"/ecs/{SERVICE}/errors"] <= {"errors"}
    assert "application" in found[f"/ecs/{SERVICE}"]
    assert asked_in == {f"/ecs/{SERVICE}/access"}


def test_the_aws_cli_describes_and_waits(up: Any) -> None:
    described = json.loads(aws(up, "ecs", "describe-services", "--cluster", CLUSTER, "--services", SERVICE).stdout)
    assert described["services"][0]["runningCount"] == 2
    aws(up, "ecs", "wait", "services-stable", "--cluster", CLUSTER, "--services", SERVICE)


def test_the_aws_cli_reads_the_logs(up: Any) -> None:
    answer = aws(up, "logs", "filter-log-events", "--log-group-name", f"/ecs/{SERVICE}", "--limit", "5")
    assert json.loads(answer.stdout)["events"]


def test_the_aws_cli_tails_the_logs(up: Any) -> None:
    program = aws_cli_2()
    if program is None:
        pytest.skip("`aws logs tail` needs AWS CLI version 2, which is not on PATH; PyPI has version 1 only")
    assert aws(up, "logs", "tail", f"/ecs/{SERVICE}", "--since", "10m", program=program).stdout


@pytest.mark.full  # tests/conformance/test_plain_clients.py does the same without the backend
def test_ecs_deploy_deploys_and_scales(up: Any, spendsense: Spendsense) -> None:
    """A tool from PyPI that knows nothing of this project.

    It deploys first: `ecs scale` stops at any warning since the present deployment was created, and after the
    rollbacks above that deployment is an old one.
    """
    revision = spendsense.json("status", expect=None)["services"][0]["revision"]
    ecs_deploy(up, "deploy", CLUSTER, SERVICE, "-e", "backend", "LOG_LEVEL", "DEBUG", "--timeout", "120")
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 60)
    assert spendsense.json("status", expect=None)["services"][0]["revision"] > revision
    spendsense("scale", "--suspend")  # or an idle service is scaled in while this tool counts
    ecs_deploy(up, "scale", CLUSTER, SERVICE, "3", "--timeout", "120")
    assert len(task_arns(up)) == 3
    ecs_deploy(up, "scale", CLUSTER, SERVICE, "2", "--timeout", "120")
    spendsense("scale", "--resume")
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 60)


def test_down_leaves_nothing_running_and_the_data_survives(up: Any, spendsense: Spendsense) -> None:
    with signed_in(up["url"]) as client:
        before = summary(client)
    processes, addresses = spendsense.processes(), spendsense.listening()
    assert (httpx.URL(up["url"]).host, httpx.URL(up["url"]).port) in addresses
    spendsense("down")
    assert [process for process in processes if runs(process)] == []
    assert spendsense.processes() == []
    assert [address for address in addresses if answers(address)] == []
    again = spendsense.json("up", "--port", "0")
    assert again["url"] == up["url"]
    with signed_in(again["url"]) as client:
        assert summary(client) == before


def test_a_local_cloud_that_is_killed_takes_everything_with_it(up: Any, spendsense: Spendsense) -> None:
    os.kill(spendsense.json("up")["pid"], signal.SIGKILL)
    wait_until(lambda: not spendsense.processes(), 30)
    assert spendsense("status", expect=3).stderr.startswith("spendsense: the local cloud does not respond")


def summary(client: httpx.Client) -> dict[tuple[str, str], tuple[Decimal, int, int]]:
    answer = client.get("/api/v1/insights/summary")
    assert answer.status_code == 200, answer.text
    return {
        (each["month"], each["category"]): (Decimal(each["total"]), each["count"], each["pending_count"])
        for each in answer.json()["groups"]
    }


@contextmanager
def signed_in(url: str) -> Iterator[httpx.Client]:
    """Register if necessary, log in, and yield a client with the token."""
    with httpx.Client(base_url=url, timeout=60) as client:
        registered = client.post("/api/v1/auth/register", json=CREDENTIALS)
        assert registered.status_code in {201, 409}, registered.text
        token = client.post("/api/v1/auth/login", json=CREDENTIALS).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def served_version(url: str) -> str:
    return str(httpx.get(f"{url}/version").json()["version"])


def task_arns(up: Any) -> list[str]:
    ecs = client(up, "ecs")
    return sorted(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE, desiredStatus="RUNNING")["taskArns"])


def answers(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=30):
            return True
    except OSError:
        return False
