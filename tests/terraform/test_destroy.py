"""A destroy that keeps the key, as infrastructure/README.md says, and a deployment of the same name that adopts it."""

import pytest

from ops.cost import terraform
from tests.ports import free_pair
from tests.terraform.account import Account
from tests.terraform.planning import words

pytestmark = pytest.mark.full

KEY = "module.kms.aws_kms_key.this"


def test_with_the_key_protected_a_destroy_leaves_it_and_what_it_encrypts(account: Account) -> None:
    keeping = terraform.arguments("dev", ["key_deletion_protection=true", f"listener_port={free_pair()}"])
    before = account.census()
    account.terraform("apply", ["-auto-approve", *keeping])
    rds, kms = account.client("rds"), account.client("kms")
    rds.create_db_snapshot(DBInstanceIdentifier="spendsense-dev", DBSnapshotIdentifier="kept")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="kept", WaiterConfig={"Delay": 1})

    # AWS refuses the key's end, when all else is gone.
    printed = account.terraform("destroy", ["-auto-approve", *keeping], expect=1)
    assert printed.count("Error: ") == 1
    assert "not authorized to perform: kms:ScheduleKeyDeletion" in words(printed)
    held = account.terraform("state", ["list"], plain=True).split()
    assert [each for each in held if ".data." not in each] == [KEY]
    left = {each.partition(" ")[2].partition(":")[0] for each in account.census() - before}
    assert left == {"kms Keys", "rds DBSnapshots"}

    # Out of the state first, as the page says, a destroy ends well; the key still opens the snapshot.
    account.terraform("state", ["rm", KEY], plain=True)
    account.terraform("destroy", ["-auto-approve", *keeping])
    (snapshot,) = rds.describe_db_snapshots(DBSnapshotIdentifier="kept")["DBSnapshots"]
    key = kms.describe_key(KeyId=snapshot["KmsKeyId"])["KeyMetadata"]
    assert key["KeyState"] == "Enabled"

    # The next deployment of that name takes the key over; nothing of it is created again.
    account.terraform("import", [*keeping, KEY, key["KeyId"]])
    planned = account.terraform("plan", keeping)
    assert f"# {KEY} must be replaced" not in planned
    assert f"# {KEY} will be created" not in planned
    account.terraform("apply", ["-auto-approve", *keeping])
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="restored", DBSnapshotIdentifier="kept")
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="restored", WaiterConfig={"Delay": 1})
    account.terraform("plan", ["-detailed-exitcode", *keeping])
