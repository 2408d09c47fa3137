"""The local database, cache and bucket."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import CouldNotStart
from ops.local.provision import secrets, stores
from ops.waiter import Deadline
from tests.unit.ops.local.provision.made import make, secret


def test_a_database_that_moved_is_noticed(aws: Aws) -> None:
    make(aws)
    moved = secret(aws, "redis") | {"url": "redis://127.0.0.1:1/0"}
    aws.secretsmanager.put_secret_value(SecretId="spendsense-local/redis", SecretString=json.dumps(moved))
    assert make(aws).secrets_changed
    assert secret(aws, "redis") != moved
    assert not make(aws).secrets_changed


def test_a_run_interrupted_before_the_database_leaves_a_usable_password(aws: Aws) -> None:
    kept = {"username": "spendsense", "password": "from-the-first-run"}
    secrets.create_secret(aws, "spendsense-local/database", kept)
    make(aws)
    assert secret(aws, "database")["password"] == "from-the-first-run"


def test_a_database_whose_secret_is_lost_gets_the_password_of_the_new_one(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    make(aws)
    before = secret(aws, "database")
    received: list[dict[str, Any]] = []
    aws.rds.meta.events.register(
        "before-parameter-build.rds.ModifyDBInstance", lambda params, **_: received.append(params)
    )
    aws.secretsmanager.delete_secret(SecretId="spendsense-local/database", ForceDeleteWithoutRecovery=True)
    make(aws)
    after = secret(aws, "database")
    assert after["password"] != before["password"]
    assert [each["MasterUserPassword"] for each in received] == [after["password"]]
    assert "The secrets were lost: giving the database a new password" in capsys.readouterr().err
    make(aws)
    assert len(received) == 1


def test_an_empty_database_never_replaces_a_missing_one(aws: Aws) -> None:
    noted = '{"database": {"restore": {}, "modify": {}}}'
    aws.ssm.put_parameter(Name=aws.environment.shape_parameter, Value=noted, Type="String")
    with pytest.raises(CouldNotStart, match="is missing") as refused:
        stores.ensure_database(aws, "sg-1", Deadline(30), Console())
    assert "spendsense recover" in str(refused.value.next_step)


def test_a_failed_store_is_not_waited_for_until_the_deadline(aws: Aws) -> None:
    """A store that died and comes back within seconds is waited for."""
    clock = 0.0

    def pause(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    def waited(*statuses: str) -> tuple[float, Any]:
        deadline = Deadline(180, clock=lambda: clock, sleep=pause)
        each = itertools.chain(statuses, itertools.repeat(statuses[-1]))
        try:
            found = stores.wait_until_available(aws, "store", lambda: {"Status": next(each)}, "Status", deadline)
        except CouldNotStart as refusal:
            return deadline.elapsed_s, str(refusal)
        return deadline.elapsed_s, found

    took_s, reported = waited("creating", "failed")
    assert took_s == pytest.approx(stores.HEALS_WITHIN_S + 0.1, abs=0.2)
    assert "the store did not become available within 10 s (it is 'failed')" in reported
    assert waited("failed", "starting", "failed", "available")[1] == {"Status": "available"}
    assert waited("creating")[0] == pytest.approx(180, abs=0.2)


def test_the_bucket_keeps_versions_and_expires_abandoned_uploads(aws: Aws) -> None:
    make(aws)
    bucket = aws.environment.data_bucket
    assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    [rule] = aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("announced/", 1)


def test_a_missing_database_is_looked_for_among_files_set_aside(tmp_path: Path) -> None:
    bare = stores.missing("spendsense-local", tmp_path)
    (tmp_path / "rds.set-aside" / "spendsense-local").mkdir(parents=True)
    kept = stores.missing("spendsense-local", tmp_path)

    assert bare.next_step == "restore it: `spendsense recover`"
    assert f"its files are intact in {tmp_path}/rds.set-aside/spendsense-local" in kept.message
    assert "put the copy in its place" in (kept.next_step or "")
    assert "delete" not in f"{bare.next_step}{kept.next_step}"
