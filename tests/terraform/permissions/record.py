"""Records in calls.jsonl what the verbs call: `python -m tests.terraform.permissions.record` runs them locally.

It takes about ten minutes. Each line is a call of AWS's API: the verbs that made it, service, operation, and parameters
with the deployment's names in place of the local ones.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tests.ports import free_pair
from tests.terraform.planning import PROJECT
from tests.waiting import wait_until

CALLS = Path(__file__).with_name("calls.jsonl")
SHIFTS = "PRODUCTION_TRAFFIC_SHIFT"
VERSION = '__version__ = "0.1.0"'
# Of no consequence to who may do what, and different each time.
LEFT_OUT = {
    *(
        "ChecksumMode",
        "RestoreTime",
        "Value",
        "SecretString",
        "imageManifest",
        "containerDefinitions",
        "deploymentConfiguration",
    ),
    *("endTime", "filterPattern", "limit", "maxResults", "networkConfiguration", "nextToken", "overrides", "reason"),
    *("SuspendedState", "VpcSecurityGroupIds", "logEventFilterPattern", "startTime", "volumes", "imageIds"),
}
WITH_BACKEND_NAME = {"family", "repositoryName", "repositoryNames", "taskDefinition"}
UNIQUE = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "11111111-2222-3333-4444-555555555555"),
    (r"sha256:[0-9a-f]{64}", f"sha256:{'1' * 64}"),
    (r"\b(?!123456789012)[0-9a-f]{16,}\b|\b[0-9]{15,}\b", "1" * 16),
    (r"ab-[a-z0-9]{26}", f"ab-{'a' * 26}"),
    (r"\b20[0-9]{12}\b", "20261126021000"),
    (r"(task-definition/[\w-]+|\$\{backend\}):[0-9]+", r"\1:7"),
]


def main() -> None:
    """Run the verbs one after the other and write the calls."""
    home = Path(tempfile.mkdtemp(prefix="permissions-"))
    try:
        run_all(Recorder(home))
        found = {each.stem: list(calls_in(each)) for each in sorted(home.glob("*.jsonl"))}
    finally:
        subprocess.run([sys.executable, "-m", "ops.cli.main", "down"], env=environment(home), check=False)
        shutil.rmtree(home)
    verbs: dict[str, set[str]] = {}
    for verb, calls in found.items():
        for call in calls:
            verbs.setdefault(call, set()).add(verb)
    CALLS.write_text("".join(json.dumps([sorted(by), *json.loads(call)]) + "\n" for call, by in sorted(verbs.items())))


def run_all(record: "Recorder") -> None:
    """Go through what can happen: a version that works, one that does not, one that is stopped; everything lost."""
    record("up", "--port", "0", "--listener-port", str(free_pair()), "--speed", "10")
    second = record.source('__version__ = "0.2.0"')
    record("build", "--source", second, "--tag", "second")
    record("deploy", "--tag", "second")
    record("rollback")
    record("deploy", "--tag", "second", "--strategy", "blue-green", "--bake-time-minutes", "0")
    record("history")
    record("status")
    record("logs", "--since", "10m")
    record("logs", "--task", "0")
    record("logs", "--follow", stop_after_s=8)
    record("scale", "--max", "3", "--desired", "3")
    record("run", "--", "python", "-c", "print(1)")
    record("run", "--timeout", "3", "--", "python", "-c", "import time; time.sleep(60)")
    record("exec", "--", "true")
    record("port-forward", "database")
    record("port-forward", "redis")
    record("build", "--source", record.source(f"{VERSION}\nraise RuntimeError('broken')"), "--tag", "broken")
    record("deploy", "--tag", "broken")
    third = record.source('__version__ = "0.3.0"')
    record("build", "--source", third, "--tag", "third")
    progress = record.home / "progress"
    with progress.open("w") as written:
        canary = ("--strategy", "canary", "--canary-bake-minutes", "30")
        under_way = record.begin("deploy", "--tag", "third", *canary, progress=written)
    wait_until(lambda: SHIFTS in progress.read_text() or under_way.poll() is not None, 300, "the traffic shift")
    record("rollback")
    under_way.wait(300)
    record("drill", "--yes")
    record("recover", "--to", "40s", "--yes")


class Recorder:
    """Runs verbs in a home, each with its calls in a file of its name."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, verb: str, *arguments: str, stop_after_s: float | None = None) -> None:
        process = self.begin(verb, *arguments)
        try:
            process.wait(stop_after_s or 600)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def begin(self, verb: str, *arguments: str, progress: IO[str] | None = None) -> subprocess.Popen[bytes]:
        print(f"== {verb} {' '.join(arguments)}", flush=True)  # noqa: T201 - a program for people
        hook = [sys.executable, "-m", "tests.terraform.permissions.hook", str(self.home / f"{verb}.jsonl")]
        return subprocess.Popen([*hook, verb, *arguments], env=environment(self.home), cwd=PROJECT, stderr=progress)

    def source(self, version: str) -> str:
        """Make a source tree of another version."""
        tree = Path(tempfile.mkdtemp(dir=self.home))
        shutil.copytree(PROJECT / "app", tree / "app", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "requirements.txt", tree)
        file = tree / "app" / "__init__.py"
        file.write_text(file.read_text().replace(VERSION, version))
        return str(tree)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SPENDSENSE_HOME": str(home)}


def calls_in(file: Path) -> Iterator[str]:
    """Read a recording; give each different call as JSON. Of what `up` does, only its first deploy is a deploy's."""
    for line in file.read_text().splitlines():
        service, operation, parameters = json.loads(line)
        if file.stem != "up" or service == "application-autoscaling":
            yield json.dumps(
                [
                    service,
                    operation,
                    {name: plain(name, each) for name, each in parameters.items() if name not in LEFT_OUT},
                ],
                sort_keys=True,
            )


def plain(name: str, value: Any) -> Any:
    """Replace what is different each time, and the names of the deployment; of a list keep the first."""
    if isinstance(value, dict):
        return {inner: plain(inner, each) for inner, each in value.items() if inner not in LEFT_OUT}
    if isinstance(value, list):
        return [plain(name, each) for each in value[:1]]
    if isinstance(value, bool) or not isinstance(value, str):
        return value if isinstance(value, bool) else 1
    text = value.replace("spendsense-local", "${name}")
    before = "(task-definition/|/ecs/|^)" if name in WITH_BACKEND_NAME else "(task-definition/|/ecs/)"
    text = re.sub(f"{before}spendsense-backend", r"\1${backend}", text)
    text = re.sub(r"^uploads/.*", "uploads/1.csv", text) if name == "Key" else text
    for expression, replacement in UNIQUE:
        text = re.sub(expression, replacement, text)
    return text


if __name__ == "__main__":
    main()
