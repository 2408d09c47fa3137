"""A database that a recovery has created instead of Terraform's: imported as in docs/recovery.md, or missing."""

from collections.abc import Sequence

from ops.aws.clients import Aws
from ops.aws.stores import find_instance
from ops.terraform import state
from ops.terraform.state import Resource
from ops.terraform.workspace import Workspace

KIND = "aws_db_instance"


def in_state(workspace: Workspace, identifier: str) -> Resource | None:
    """Return the state's database of this identifier."""
    return next(
        (
            each
            for each in state.resources(workspace)
            if each.type == KIND and each.attributes.get("identifier") == identifier
        ),
        None,
    )


def is_missing(workspace: Workspace, aws: Aws) -> bool:
    """Return whether Terraform's database is missing: an apply would create an empty one.

    RDS DescribeDBInstances.
    """
    name = aws.environment.prefix
    return in_state(workspace, name) is not None and find_instance(aws, name) is None


def differs(workspace: Workspace, aws: Aws) -> bool:
    """Return whether the database with the name of Terraform's has another resource id. RDS DescribeDBInstances."""
    known, found = in_state(workspace, aws.environment.prefix), find_instance(aws, aws.environment.prefix)
    return known is not None and found is not None and known.attributes.get("resource_id") != found["DbiResourceId"]


def adopt(workspace: Workspace, aws: Aws, arguments: Sequence[str]) -> bool:
    """Import the database if it differs; say whether it did. Errors: CouldNotPlan."""
    name = aws.environment.prefix
    known = in_state(workspace, name)
    if known is None or not differs(workspace, aws):
        return False
    workspace.text("state", "rm", known.address)
    workspace.text("import", "-input=false", *arguments, known.address, name)
    return True
