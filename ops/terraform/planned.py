"""A plan as `terraform show -json` prints it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ops.terraform import diagnostics
from ops.terraform.workspace import Workspace

PLAN = "plan.out"


def planned(workspace: Workspace, arguments: Sequence[str]) -> Mapping[str, Any]:
    """Plan, without a lock and without a change; print Terraform's warnings.

    Errors: CouldNotPlan, CouldNotApply when Terraform refuses.
    """
    file = workspace.directory / PLAN
    try:
        ran = workspace.run("plan", "-input=false", "-lock=false", f"-out={file}", *arguments)
        if ran.status != 0:
            raise diagnostics.error_of("plan", ran)
        for each in ran.messages.warnings:
            workspace.say(f"warning: {diagnostics.described(each)}")
        shown: Mapping[str, Any] = workspace.shown(str(file))
    finally:
        file.unlink(missing_ok=True)  # it contains values of secrets if the state does
    return shown
