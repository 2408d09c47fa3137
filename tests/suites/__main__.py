"""`python -m tests.suites`: run another project's suite, from a checkout on this machine, and count the results.

python -m tests.suites moto ../moto --services ecs elbv2
python -m tests.suites ministack ../ministack --page docs/reference/other-suites.md
"""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.suites.tally import Ended, Tally, merged_page
from tests.waiting import wait_until

# The local cloud is one region; the suites ask for many. Their sources are read with that one in place of all.
REGIONS = re.compile(r"\b(us-east-[12]|us-west-2|eu-(west|central|north)-[123]|ap-(south|north)east-[12]|ca-central-1)")
REGION = "us-west-1"
# What the suites import beside what this project installs.
PACKAGES = ("freezegun", "requests", "pytest-order")
PROJECT = Path(__file__).parents[2]
# Below the ports that systems give to outgoing connections: one of those would be in a test's way.
PORTS = range(20_000, 30_000)
START_LIMIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A foreign project's tests: its files, the variables that name `{endpoint}`, and what each fresh cloud is for."""

    files: dict[str, str]
    variables: dict[str, str]
    fresh_for: str


MOTO_SERVICES = (
    "apigatewayv2",
    "applicationautoscaling",
    "cloudwatch",
    "ecr",
    "ecs",
    "elasticache",
    "elbv2",
    "logs",
    "rds",
    "secretsmanager",
)
MINISTACK_SERVICES = (
    "alb",
    "apigatewayv2",
    "cloudwatch",
    "cloudwatch_logs",
    "ecr",
    "ecs",
    "elasticache",
    "rds",
    "secretsmanager",
)
SUITES = {
    "moto": Suite(
        files={name: f"tests/test_{name}" for name in MOTO_SERVICES},
        variables={"TEST_SERVER_MODE": "true", "TEST_SERVER_MODE_ENDPOINT": "{endpoint}"},
        fresh_for="test",
    ),
    "ministack": Suite(
        files={name: f"tests/test_{name}.py" for name in MINISTACK_SERVICES},
        variables={"MINISTACK_ENDPOINT": "{endpoint}"},
        # Its tests continue with what earlier ones have created.
        fresh_for="file",
    ),
}


def main() -> int:
    """-> exit status: 0 when the suites ran, whatever they counted."""
    arguments = _parser().parse_args()
    suite = SUITES[arguments.suite]
    if not (arguments.checkout / "tests").is_dir():
        sys.exit(
            f"{arguments.checkout}: should be a checkout of {arguments.suite} with its folder tests; clone it first"
        )
    tallies = []
    with tempfile.TemporaryDirectory(prefix="spendsense-suites-") as directory:
        tree = _one_region(arguments.checkout, Path(directory) / "tree")
        packages = _packages(Path(directory) / "packages")
        records = arguments.records or Path(directory) / "records"
        records.mkdir(parents=True, exist_ok=True)
        for service in arguments.services or suite.files:
            ended = {}
            for target in ("moto", "ours"):
                record = records.absolute() / f"{arguments.suite}-{service}-{target}.jsonl"
                if not record.exists():
                    work = Path(directory) / f"{service}-{target}"
                    created = _run(suite, service, target, tree=tree, packages=packages, directory=work)
                    shutil.move(created, record)
                ended[target] = [Ended.from_json(json.loads(line)) for line in record.read_text().splitlines()]
            tally = Tally.of(arguments.suite, service, **ended)
            tallies.append(tally)
            print(tally.line(), end="", flush=True)
            if arguments.details:
                print("".join(f"    {line}\n" for line in tally.details), flush=True)
    if arguments.page:
        arguments.page.write_text(merged_page(arguments.page, tallies))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.suites", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("checkout", type=Path, help="a checkout of that project")
    parser.add_argument("--services", nargs="+", metavar="SERVICE", help="only these")
    parser.add_argument("--details", action="store_true", help="name each test that moto passes and ours does not")
    parser.add_argument(
        "--records", type=Path, metavar="DIR", help="keep each test's end there, and do not run again what is there"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the figures into this page")
    return parser


def _one_region(checkout: Path, tree: Path) -> Path:
    shutil.copytree(checkout, tree, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    for path in (tree / "tests").rglob("*.py"):
        text = path.read_text(errors="surrogateescape")
        path.write_text(REGIONS.sub(REGION, text), errors="surrogateescape")
    return tree


def _packages(directory: Path) -> Path:
    uv = Path(sys.prefix) / "bin" / "uv"
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", directory]
    subprocess.run([*command, *PACKAGES], check=True)
    return directory


def _free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    sys.exit(f"no port from {PORTS.start} to {PORTS.stop} is free on 127.0.0.1; end what holds them")


@contextmanager
def _moto(port: int, log_file: Path) -> Iterator[None]:
    with log_file.open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log)
    try:
        wait_until(
            lambda: process.poll() is not None or _answers(port), START_LIMIT_S, f"moto to start; see {log_file}"
        )
        if process.poll() is not None:
            sys.exit(f"moto ended instead of starting:\n{log_file.read_text()[-2000:]}")
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _run(suite: Suite, service: str, target: str, *, tree: Path, packages: Path, directory: Path) -> Path:
    """-> its record, a line of JSON for each test."""
    port = _free_port()
    record = directory / "record.jsonl"
    directory.mkdir()
    variables = {name: value.format(endpoint=f"http://127.0.0.1:{port}") for name, value in suite.variables.items()}
    environment = (
        os.environ
        | variables
        | {
            "PYTHONPATH": os.pathsep.join((str(tree), str(PROJECT), str(packages))),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "MOTO_CALL_RESET_API": str(target == "moto").lower(),
            "TESTS_SKIP_REQUIRES_DOCKER": "true",
            "SUITE_TARGET": target,
            "SUITE_FRESH": suite.fresh_for,
            "SUITE_PORT": str(port),
            "SUITE_RECORD": str(record),
            "SUITE_PROJECT": str(PROJECT),
        }
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests_suites_plugin", "-p", "no:cacheprovider"]
    # Under a name of its own: the suites have a package `tests` too.
    shutil.copy(Path(__file__).with_name("plugin.py"), packages / "tests_suites_plugin.py")
    cloud = _moto(port, directory / "moto.log") if target == "moto" else contextlib.nullcontext()
    with cloud, (directory / "pytest.log").open("w") as log:
        subprocess.run([*command, suite.files[service]], cwd=tree, env=environment, stdout=log, stderr=log, check=False)
    if not record.exists():
        sys.exit(f"{service}: no test ran:\n{(directory / 'pytest.log').read_text()[-3000:]}")
    return record


if __name__ == "__main__":
    sys.exit(main())
