"""The database by which a recovery replaced Terraform's."""

from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.terraform import recovered
from ops.terraform.program import Provider
from ops.terraform.workspace import Target, Workspace
from tests.unit.ops.terraform.test_state import Recording, write

DATABASE = {"mode": "managed", "type": "aws_db_instance", "name": "this", "module": "module.rds"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "code").mkdir()
    target = Target(provider=Provider.STAND_IN, environment={})
    return Recording(directory=tmp_path, command=["terraform"], version="1.6.6", target=target, say=print)


def test_a_database_with_another_resource_id_is_imported_and_a_missing_one_is_noticed(
    workspace: Workspace, aws: Aws, tmp_path: Path
) -> None:
    known = {"identifier": "spendsense-local", "resource_id": "db-OLD"}
    write(workspace, DATABASE | {"instances": [{"attributes": known}]})
    assert recovered.is_missing(workspace, aws)
    made = aws.rds.create_db_instance(
        DBInstanceIdentifier="spendsense-local", DBInstanceClass="db.t4g.micro", Engine="postgres", AllocatedStorage=20
    )["DBInstance"]
    assert not recovered.is_missing(workspace, aws)
    assert recovered.adopt(workspace, aws, ["-var-file=local.tfvars"])
    assert (tmp_path / "ran").read_text().splitlines() == [
        "state rm module.rds.aws_db_instance.this",
        "import -input=false -var-file=local.tfvars module.rds.aws_db_instance.this spendsense-local",
    ]
    write(workspace, DATABASE | {"instances": [{"attributes": known | {"resource_id": made["DbiResourceId"]}}]})
    assert not recovered.adopt(workspace, aws, [])
