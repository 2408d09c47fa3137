"""The holder of a lock: AWS's name for the caller, machine and process, the run of a workflow."""

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ops.aws.clients import Aws, Wire

UNKNOWN = "somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """caller: an ARN on AWS, a user's name on this machine. run_url: of the workflow; empty outside one."""

    caller: str
    host: str
    pid: int
    run_url: str = ""

    def __str__(self) -> str:
        run = f", {self.run_url}" if self.run_url else ""
        return f"{self.caller} (process {self.pid} on {self.host}{run})"

    def as_item(self) -> Wire:
        return {
            "caller": {"S": self.caller},
            "host": {"S": self.host},
            "pid": {"N": str(self.pid)},
            "run_url": {"S": self.run_url},
        }


def holder_of(item: Mapping[str, Wire]) -> Holder:
    """Read a holder from a lock's item."""
    return Holder(
        caller=item["caller"]["S"], host=item["host"]["S"], pid=int(item["pid"]["N"]), run_url=item["run_url"]["S"]
    )


def this_process(aws: Aws) -> Holder:
    """Return this process as a holder. STS GetCallerIdentity, which needs no permission."""
    return Holder(caller=caller_of(aws), host=socket.gethostname(), pid=os.getpid(), run_url=run_url_of(os.environ))


def caller_of(aws: Aws) -> str:
    if aws.environment.local is None:
        return str(aws.sts.get_caller_identity()["Arn"])
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return UNKNOWN


def run_url_of(variables: Mapping[str, str]) -> str:
    """Return the page of a GitHub Actions run; empty outside one."""
    parts = [variables.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def has_ended(holder: Holder, present: Holder) -> bool:
    """Return whether a holder is a process of this machine that has ended. present: this process as a holder."""
    if (holder.host, holder.caller) != (present.host, present.caller) or holder.pid == present.pid:
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's
        return False
    return False
