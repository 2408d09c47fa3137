"""Refuses commands on a local environment whose first `up` has not finished."""

from ops.aws import clients
from ops.aws.clients import Aws
from ops.console import Console, command_name
from ops.environment import EnvironmentName, data_directory
from ops.errors import NotSetUp
from ops.local import data_files, last_url
from ops.local.lock import operator_of
from ops.parameters import recovery_shape


def connect(name: EnvironmentName, console: Console, profile: str | None = None) -> Aws:
    """Return the clients of an environment. profile: of AWS's configuration.

    Errors: NotReachable when the local cloud is not up; NotSetUp.
    """
    aws = clients.connect(name, console, profile)
    if aws.environment.local is not None:
        check(aws)
    return aws


def check(aws: Aws) -> None:
    """Check that the service exists. Errors: NotSetUp when no `up` has finished here."""
    data_dir = data_directory(aws.environment.name)
    if data_files.read(data_dir / last_url.NAME):
        return
    from ops.aws.service import find_service  # seldom needed, and it takes 8 ms of every command

    if find_service(aws) is not None or recovery_shape.recorded(aws) is not None:
        return
    holder = operator_of(data_dir)
    if holder is not None:
        raise NotSetUp(
            f"process {holder} is working on this environment, which has no service yet",
            next_step=f"wait until it is done, then run the command again; `{command_name()} up` waits for it",
        )
    raise NotSetUp(
        f"the set-up of the local environment has not finished: there is no service {aws.environment.service} yet",
        next_step=f"`{command_name()} up` completes it",
    )
