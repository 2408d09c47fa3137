"""Records what serves after a deploy or rollback: for Terraform, and for a recovery that has to recreate it."""

from ops.aws.clients import Aws
from ops.console import Console
from ops.guide import command_in
from ops.parameters import deployed, recovery_shape
from ops.rollout.follow import Outcome
from ops.rollout.verdict import Verdict
from ops.signals import from_now_on


def record_outcome(aws: Aws, outcome: Outcome, pinned: str, revision_text: str, console: Console) -> None:
    """Record the new image if it serves, else what is known to serve.

    revision_text: what /version shows for the image.
    """
    if outcome.verdict is Verdict.DEPLOYED:
        record(aws, pinned, revision_text, console)
    else:
        deployed.settle(aws, outcome.service, console.say)


def record(aws: Aws, pinned: str, revision_text: str, console: Console) -> None:
    """Record what serves for Terraform, and how service and database are configured for a recovery.

    A deploy without permission for the second record has succeeded nevertheless.
    """
    from_now_on(
        "the new revision serves, but this may not be recorded for Terraform yet",
        f"any command that looks at the service records it: {command_in(aws.environment, 'status')}",
    )
    with console.phase("record"):
        deployed.record(aws, pinned, revision_text)
        try:
            recovery_shape.record(aws)
        except aws.rds.exceptions.ClientError as exc:
            console.say(
                f"The configuration of service and database was not recorded for a recovery: {exc}", style="yellow"
            )
