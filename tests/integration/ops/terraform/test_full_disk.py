"""A disk that fills during an apply: the error says so, and the next apply continues with nothing lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.terraform import process
from tests.integration.ops.conftest import Code

PROJECT = Path(__file__).parents[4]
MANY = 12
ROOM = (8_192, 24_576)
"""Bytes left before the apply: not enough for what Terraform says, or for the state either."""
# In a mount namespace of its own: the small disk is there for this program alone.
PROGRAM = """
import json, os, sys
from pathlib import Path
from ops.aws import tagged
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import local_environment, read_endpoint
from ops.errors import OpsError
from ops.terraform import leftovers
from ops.terraform.apply import apply
from tests.integration.ops.conftest import Code

code = Code(Path(sys.argv[1]), read_endpoint(Path(sys.argv[2])), None)
disk, aws = code.directory / "work", Aws(local_environment(code.endpoint))


def applied():
    workspace, console = code.prepared(), Console()
    with leftovers.adopted(workspace, aws, [], console):
        made = apply(
            workspace, [], identity="one", existing=lambda regions: tagged.arns(aws, regions), refresh=False,
            console=console,
        )
    return made.totals and [made.totals.add, made.totals.change, made.totals.remove]


def use(name):
    (code.directory / "source" / "main.tf").write_text((code.directory / name).read_text())


use("few.tf")
said = {"first": applied()}
use("many.tf")
code.prepared()
room = os.statvfs(disk)
fill = disk / "fill"
fill.write_bytes(bytes(room.f_bavail * room.f_frsize - int(sys.argv[3])))
try:
    said["full"] = applied()
except (OpsError, OSError) as exc:
    said["error"], said["next"] = str(exc), str(getattr(exc, "next_step", ""))
fill.unlink()
said["after"], said["again"] = applied(), applied()
print(json.dumps(said))
"""


def in_a_namespace(script: str) -> list[str]:
    return ["unshare", "--map-root-user", "--mount", "sh", "-ec", script]


@pytest.fixture
def small_disk(tmp_path: Path) -> str:
    """Return the command that mounts one at the work directory; skips where this user may not mount."""
    (tmp_path / "work").mkdir()
    mount = f"mount -t tmpfs -o size=16m none '{tmp_path / 'work'}'"
    try:
        subprocess.run(in_a_namespace(mount), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    return mount


@pytest.mark.full
@pytest.mark.parametrize("room", ROOM)
def test_a_full_disk_is_named_and_the_next_apply_continues(code: Code, small_disk: str, room: int) -> None:
    tags = 'tags = { project = "spendsense", managed_by = "terraform", Name = "%s" }'
    few = f'resource "aws_sns_topic" "this" {{\n  name = "{code.directory.name}"\n}}\n'
    groups = (
        f'resource "aws_cloudwatch_log_group" "n{number}" {{\n  name = "{code.group}-{number}"\n'
        f"  {tags % f'{code.directory.name}-{number}'}\n}}\n"
        for number in range(MANY)
    )
    for name, hcl in (("many.tf", few + "".join(groups)), ("few.tf", few)):
        code.write(hcl)
        (code.directory / "source" / "main.tf").rename(code.directory / name)
    command = (
        f"{small_disk}; exec '{sys.executable}' -c \"$PROGRAM\" '{code.directory}' '{code.daemon.directory}' {room}"
    )
    done = subprocess.run(
        in_a_namespace(command),
        cwd=PROJECT,
        env={**os.environ, "PROGRAM": PROGRAM},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["first"] == [1, 0, 0]
    assert "has no room" in said["error"] or "No space left" in said["error"]
    assert said["after"][2] == 0  # nothing is made twice, and nothing destroyed
    assert said["again"] is None
    groups_there = code.daemon.client("logs").describe_log_groups(logGroupNamePrefix=code.group)["logGroups"]
    assert len(groups_there) == MANY


def test_a_terraform_that_nobody_could_find_again_is_stopped(tmp_path: Path) -> None:
    (tmp_path / process.RUNNING).mkdir()  # so it cannot be written, as on a full disk
    with pytest.raises(OSError, match=process.RUNNING):
        process.run(
            tmp_path, ["sleep", "600"], os.environ, lambda _: None, lambda _: None, changes=True
        )  # it has ended
