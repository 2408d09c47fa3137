"""The AWS CLI and ecs-deploy, run against the local cloud."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.acceptance.command import BIN, PROJECT


def client_environment(up: Any) -> dict[str, str]:
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": up["endpoint"],
        "AWS_DEFAULT_REGION": "us-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_PAGER": "",
    }


def aws_cli_2() -> Path | None:
    """The AWS CLI of version 2 on this machine, if there is one."""
    for directory in os.get_exec_path():
        program = Path(directory) / "aws"
        if program.is_file():
            version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
            if re.match(r"aws-cli/2", version.stdout):
                return program
    return None


def aws(up: Any, *arguments: str, program: Path = BIN / "aws") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [program, *arguments, "--endpoint-url", up["endpoint"]],
        env=client_environment(up),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def ecs_deploy(up: Any, *arguments: str) -> None:
    done = subprocess.run(
        [BIN / "ecs", *arguments],
        env=client_environment(up),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
