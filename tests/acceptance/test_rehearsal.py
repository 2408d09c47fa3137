"""`up --like dev`, interrupted and killed halfway; then commands on it, drift and its end; by either provider."""

import contextlib
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from terraform_provider.runner import terraform
from tests.acceptance import as_planned
from tests.acceptance.command import BIN, PROJECT, Spendsense, client
from tests.acceptance.images import give_layer
from tests.acceptance.reader import PAGE, blocks
from tests.ports import free_pair
from tests.terraform.side_by_side import settings_of_real_provider
from tests.waiting import wait_until

LIKE = ("--like", "dev")
ENV = ("--env", "like-dev")
APPLY_S, READY_S = 900, 60
MANY = 40  # resources
NAME = "spendsense-dev"


# test_first_light.py compares what `up` makes with its plan, by the same code; interruption, drift and destruction of
# less are in tests/integration/ops/.
pytestmark = pytest.mark.full

PROVIDERS = ("stand-in", "aws")


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    try:
        terraform.find()
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    if request.param == "aws":
        settings_of_real_provider()
    return str(request.param)


@pytest.fixture
def rehearsal(tmp_path: Path, image_store: Path) -> Iterator[Spendsense]:
    give_layer(image_store, tmp_path, "like-dev")
    command = Spendsense(tmp_path)
    yield command
    command.end(*ENV)


def interrupt_in_the_apply(rehearsal: Spendsense, words: list[str]) -> str:
    """Press Ctrl-C when Terraform makes its first resources; return what was said."""
    output = rehearsal.home / "like-dev" / "terraform" / "output.jsonl"
    with subprocess.Popen(
        [BIN / "spendsense", *words],
        env=rehearsal.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        wait_until(lambda: output.exists() and "apply_complete" in output.read_text(), APPLY_S)
        running.send_signal(signal.SIGINT)
        assert running.stdout is not None
        said = running.stdout.read()
        assert running.wait(APPLY_S) == 128 + signal.SIGINT, said
    return said


def kill_terraform_in_the_apply(rehearsal: Spendsense, words: list[str]) -> str:
    """Send SIGKILL to Terraform and its provider, when a part is made; return what was said."""
    there = rehearsal.home / "like-dev" / "terraform"
    (there / "output.jsonl").unlink()
    with subprocess.Popen(
        [BIN / "spendsense", *words],
        env=rehearsal.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        output = there / "output.jsonl"
        wait_until(lambda: output.exists() and output.read_text().count("apply_complete") > MANY, APPLY_S)
        program = psutil.Process(int((there / "running.pid").read_text()))
        for process in (program, *program.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        assert running.stdout is not None
        said = running.stdout.read()
        assert running.wait(APPLY_S) == 1, said
    return said


def test_dev_is_rehearsed_interrupted_changed_by_hand_and_destroyed(rehearsal: Spendsense, provider: str) -> None:
    ports = ["--port", "0", "--listener-port", str(free_pair())]
    words = ["up", *LIKE, "--provider", provider, "--speed", "20", *ports]
    said = interrupt_in_the_apply(rehearsal, words)
    assert "Stopping Terraform" in said
    assert "ended by SIGINT" in said
    assert "ended by SIGKILL" in kill_terraform_in_the_apply(rehearsal, words)

    up = rehearsal.json(*words, timeout_s=APPLY_S)
    assert not up["terraform"]["skipped"]
    # The first response of a task on a busy machine may take longer than a check waits.
    wait_until(lambda: httpx.get(f"{up['url']}/ready", trust_env=False, timeout=30).status_code == 200, READY_S)
    is_what_the_code_says(rehearsal, up)

    again = rehearsal("up", *LIKE, "--provider", provider)
    assert "nothing has changed since the last apply" in again.stderr
    assert f"status {' '.join(ENV)}" in again.stdout
    (service,) = rehearsal.json("status", *ENV)["services"]
    assert service["running"] == 1
    assert rehearsal.json("plan", *LIKE)["changes"] == []
    if provider == "stand-in":
        plain_terraform_sees_no_change(rehearsal, up)
    drift = rehearsal.json("drift", *LIKE)
    assert {each["owner"] for each in drift["differences"]} == {"deploy"}

    assert drift["undeclared"] == []

    client(up, "cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-latency-high"])
    client(up, "logs").create_log_group(logGroupName=f"{NAME}-left")
    drift = rehearsal.json("drift", *LIKE, expect=2)
    (left,) = drift["undeclared"]
    assert (left["resource"].rpartition(":")[2], left["by"]) == (f"{NAME}-left", "name")
    client(up, "logs").delete_log_group(logGroupName=f"{NAME}-left")
    (changed,) = [each["resource"] for each in drift["differences"] if each["owner"] == "terraform"]
    assert changed == 'module.monitoring.aws_cloudwatch_metric_alarm.this["latency-high"]'
    assert rehearsal.json("up", *LIKE, "--provider", provider, "--refresh")["terraform"]["add"] == 1
    assert rehearsal.json("drift", *LIKE)["drift"] is False

    refused = rehearsal("destroy", *LIKE, expect=2)
    assert "nothing was destroyed" in refused.stderr
    assert rehearsal.json("destroy", *LIKE, "--yes", timeout_s=APPLY_S)["destroyed"] > 100
    assert client(up, "ecs").list_clusters()["clusterArns"] == []


def is_what_the_code_says(rehearsal: Spendsense, up: Any) -> None:
    """The endpoint's answers are what is planned; a deploy raised the lowest number of tasks to the environment's."""
    state = as_planned.planned(rehearsal.home / "like-dev" / "terraform" / "code" / "terraform.tfstate")
    assert as_planned.unlike(lambda service: client(up, service), state) == []
    (target,) = client(up, "application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)


def plain_terraform_sees_no_change(rehearsal: Spendsense, up: Any) -> None:
    """Type the lines of infrastructure/README.md, "Rehearse it on this machine"."""
    section = PAGE.read_text().partition("## Rehearse it on this machine")[2].partition("\n## ")[0]
    (typed,) = blocks(section)
    here = {".spendsense": str(rehearsal.home), "like-prod": "like-dev", "environments/prod": "environments/dev"}
    for placeholder, value in {**here, "http://127.0.0.1:4566": up["endpoint"]}.items():
        assert placeholder in typed
        typed = typed.replace(placeholder, value)
    command = shlex.join(terraform.find().command)
    script = f'terraform() {{ {command} "$@"; }}\n{typed} -detailed-exitcode -input=false -no-color'
    done = subprocess.run(
        ["bash", "-ec", script], cwd=PROJECT, env=rehearsal.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "No changes." in done.stdout
