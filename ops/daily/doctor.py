"""`spendsense doctor`: checks this machine and its access to AWS; each finding has a next step.

Needs no running environment.
"""

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.aws.clients import Aws, explain
from ops.aws.sessions import is_region
from ops.configuration import region_of
from ops.console import Console
from ops.daily.certificate import certificate
from ops.daily.finding import Finding, Grade
from ops.daily.oidc_trust import oidc_trust
from ops.environment import (
    Environment,
    EnvironmentName,
    answers,
    data_directory,
    local_environment,
    read_endpoint,
    resolve,
    start_command,
)
from ops.errors import OpsError
from ops.local import last_url
from ops.local.last_endpoint import PREFERRED_PORT
from ops.local.ports import is_free
from ops.local.variables import FIRST_PORT
from ops.local_health import look
from ops.terraform import program
from ops.verifying.subject import time_of

PYTHON = (3, 11)
GIB = 2**30
LOW_GIB, TOO_LOW_GIB = 3, 1
# AWS refuses requests whose time is five minutes off.
CLOCK_OFF_S, CLOCK_REFUSED_S = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The JSON form is a contract for scripts. Exit status 1 when a check has failed."""

    environment: str
    findings: Sequence[Finding]

    @property
    def exit_code(self) -> int:
        return 1 if any(each.grade is Grade.FAIL for each in self.findings) else 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment,
            "ok": self.exit_code == 0,
            "checks": [each.as_json() for each in self.findings],
        }

    def show(self, console: Console) -> None:
        styles = {Grade.OK: "green", Grade.WARN: "yellow", Grade.FAIL: "bold red"}
        for each in self.findings:
            console.result(f"{each.grade.value:<4}  {each.name:<11}  {each.found}", style=styles[each.grade])
            if each.next_step:
                console.result(f"      {'':<11}  {each.next_step}")


def run(name: EnvironmentName) -> Diagnosis:
    """Make all checks for an environment; none of them changes anything."""
    common = [python(), terraform(), disk(data_directory(name))]
    further = on_this_machine(name) if name.is_local else on_aws(name)
    return Diagnosis(environment=name.value, findings=[*common, *further])


def python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    found = f"{version[0]}.{version[1]}"
    if version >= PYTHON:
        return Finding(name="Python", grade=Grade.OK, found=f"{found} ({sys.executable})")
    next_step = f"install Python {PYTHON[0]}.{PYTHON[1]} or newer, then run `make up`"
    return Finding(name="Python", grade=Grade.FAIL, found=found, next_step=next_step)


def terraform() -> Finding:
    """Look for Terraform, which `up`, `plan` and `drift` run."""
    try:
        found = program.find()
    except OpsError as exc:
        return Finding(name="Terraform", grade=Grade.FAIL, found=exc.message, next_step=exc.next_step or "")
    return Finding(name="Terraform", grade=Grade.OK, found=f"{found.version} ({' '.join(found.command)})")


def disk(directory: Path, free_bytes: int | None = None) -> Finding:
    """Check the disk that holds the data. free_bytes: None reads it."""
    existing = next(each for each in (directory, *directory.parents) if each.exists())
    gib = (shutil.disk_usage(existing).free if free_bytes is None else free_bytes) / GIB
    grade = Grade.OK if gib >= LOW_GIB else Grade.WARN if gib >= TOO_LOW_GIB else Grade.FAIL
    next_step = "" if grade is Grade.OK else "free space there, or keep the data elsewhere: SPENDSENSE_HOME"
    return Finding(name="disk", grade=grade, found=f"{gib:.1f} GiB free at {existing}", next_step=next_step)


def on_this_machine(name: EnvironmentName) -> list[Finding]:
    """Check the local cloud, or the ports that it would use."""
    try:
        local = read_endpoint(data_directory(name))
    except OpsError as exc:
        return [Finding(name="local cloud", grade=Grade.FAIL, found=exc.message, next_step=exc.next_step or "")]
    if local is not None and answers(local):
        running = Finding(name="local cloud", grade=Grade.OK, found=f"responds at {local.endpoint}")
        aws = Aws(local_environment(local, name))
        aws.retries.should_give_up = lambda: True  # a missing response is the result
        return [running, container_engine(look(local.endpoint).container_engine), certificate(aws, time.time())]
    stopped = Finding(name="local cloud", grade=Grade.OK, found=f"not running; {start_command(name)} starts it")
    listener = last_url.port_of(data_directory(name)) or FIRST_PORT[name]
    return [stopped, *(port(each) for each in (PREFERRED_PORT, listener))]


def container_engine(found: str) -> Finding:
    """Describe what runs pushed images; none is needed."""
    return Finding(name="engine", grade=Grade.OK, found=found)


def port(number: int, is_open: Callable[[int], bool] = is_free) -> Finding:
    """Check whether the port that `up` prefers is free; if not, `up` uses another one."""
    if is_open(number):
        return Finding(name="port", grade=Grade.OK, found=f"127.0.0.1:{number} is free")
    next_step = "`up` takes the next free port; to choose one: `--port`, `--listener-port`"
    return Finding(name="port", grade=Grade.WARN, found=f"127.0.0.1:{number} is in use", next_step=next_step)


def on_aws(name: EnvironmentName) -> list[Finding]:
    """Check region, credentials and clock, certificate, GitHub's access, and Docker, which builds images for AWS."""
    try:
        where = resolve(name)
    except OpsError as exc:
        return [Finding(name="settings", grade=Grade.FAIL, found=exc.message, next_step=exc.next_step or "")]
    aws = Aws(where)
    known = identity(aws)
    # Without credentials AWS would only refuse again.
    of_account = [certificate(aws, time.time()), oidc_trust(aws)] if known[0].grade is Grade.OK else []
    return [region(where), *known, *of_account, docker(shutil.which("docker"))]


def region(where: Environment) -> Finding:
    found, source = region_of(where.name.value)
    if not is_region(found):
        what = f"{found}, {source}, is not an AWS region"
        next_step = "correct it; `aws account list-regions` lists the regions"
        return Finding(name="region", grade=Grade.FAIL, found=what, next_step=next_step)
    return Finding(name="region", grade=Grade.OK, found=f"{found}, {source}")


def identity(aws: Aws) -> list[Finding]:
    """Ask AWS for the caller's identity and the time. STS GetCallerIdentity, which needs no permission."""
    from botocore.exceptions import BotoCoreError, ClientError

    aws.retries.should_give_up = lambda: True  # a missing response is the result
    try:
        aws.require_credentials()
        response = aws.sts.get_caller_identity()
    except (BotoCoreError, ClientError, OpsError) as exc:
        said = exc if isinstance(exc, OpsError) else explain(exc)
        found, next_step = (said.message, said.next_step or "") if said else (str(exc), "check credentials and network")
        return [Finding(name="credentials", grade=Grade.FAIL, found=found, next_step=next_step)]
    known = Finding(name="credentials", grade=Grade.OK, found=f"{response['Arn']} in account {response['Account']}")
    theirs = time_of(response)
    return [known, *([clock(theirs, datetime.now(UTC))] if theirs else [])]


def clock(theirs: datetime, ours: datetime) -> Finding:
    """Compare this machine's clock with AWS's."""
    off_s = (ours - theirs).total_seconds()
    found = f"{abs(off_s):.0f} s {'ahead of' if off_s >= 0 else 'behind'} AWS's"
    size = abs(off_s)
    grade = Grade.OK if size < CLOCK_OFF_S else Grade.WARN if size < CLOCK_REFUSED_S else Grade.FAIL
    next_step = (
        ""
        if grade is Grade.OK
        else "set this machine's clock, preferably by NTP: AWS refuses requests that are 5 minutes off"
    )
    return Finding(name="clock", grade=grade, found=found, next_step=next_step)


def docker(path: str | None) -> Finding:
    if path is not None:
        return Finding(name="Docker", grade=Grade.OK, found=path)
    next_step = (
        "only needed to build images for AWS by hand; the workflow builds them, and `promote` and `deploy --tag` work "
        "without Docker"
    )
    return Finding(name="Docker", grade=Grade.WARN, found="not on PATH", next_step=next_step)
