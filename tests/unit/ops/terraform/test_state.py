"""Reading a state file."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.terraform import leftovers, state
from ops.terraform.program import Provider
from ops.terraform.workspace import Target, Workspace

KEYED = {"mode": "managed", "type": "aws_subnet", "name": "this", "module": "module.vpc"}
READ = {"mode": "data", "type": "aws_region", "name": "this", "instances": [{"attributes": {"arn": "arn:read"}}]}


class Recording(Workspace):
    """A workspace that notes what it would run."""

    def text(self, verb: str, *arguments: str) -> str:
        with (self.directory / "ran").open("a") as ran:
            ran.write(" ".join([verb, *arguments]) + "\n")
        return ""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "code").mkdir()
    target = Target(provider=Provider.STAND_IN, environment={})
    return Recording(directory=tmp_path, command=["terraform"], version="1.6.6", target=target, say=print)


def write(workspace: Workspace, *resources: dict[str, Any]) -> None:
    (workspace.code / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": list(resources)}))


def test_managed_resources_are_named_as_terraform_names_them(workspace: Workspace) -> None:
    first = {"index_key": "app-1", "attributes": {"arn": "arn:one"}}
    write(workspace, KEYED | {"instances": [first, {"index_key": 2, "attributes": {"arn": "arn:two"}}]}, READ)
    assert [each.address for each in state.resources(workspace)] == [
        'module.vpc.aws_subnet.this["app-1"]',
        "module.vpc.aws_subnet.this[2]",
    ]
    assert state.arns(workspace) == {"arn:one", "arn:two"}


def test_an_unfinished_resource_is_completed_and_not_created_twice(workspace: Workspace) -> None:
    group = {"mode": "managed", "type": "aws_db_parameter_group", "name": "this"}
    role = {"mode": "managed", "type": "aws_iam_role", "name": "this"}
    write(
        workspace,
        KEYED | {"instances": [{"index_key": "a", "status": "tainted"}, {"index_key": "b"}]},
        group | {"instances": [{"deposed": "00000001", "status": "tainted"}]},
        role | {"instances": [{}, {"deposed": "00000002"}]},
    )
    leftovers.finish_instead_of_replacing(workspace)
    assert (workspace.directory / "ran").read_text().splitlines() == [
        'untaint module.vpc.aws_subnet.this["a"]',
        "state rm aws_db_parameter_group.this",
    ]


@pytest.mark.parametrize("written", [None, "", "{", "[]"])
def test_a_state_that_cannot_be_read_has_nothing(workspace: Workspace, written: str | None) -> None:
    if written is not None:
        (workspace.code / "terraform.tfstate").write_text(written)
    assert list(state.resources(workspace)) == []
