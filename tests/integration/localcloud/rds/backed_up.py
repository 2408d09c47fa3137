"""A database with backups, and what its table and its API say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.rds.instances import connected, in_status, query
from tests.waiting import until

SPEED = 100
"""The log is archived after 3 s; a day takes 14 minutes."""

BACKED_UP = {"BackupRetentionPeriod": 7}


async def note(instance: dict[str, Any], text: str) -> datetime:
    """Commit a row; -> a whole second after that at which nothing is committed."""
    await query(instance, "create table if not exists notes (text text)")
    connection = await connected(instance)
    try:
        await connection.execute("insert into notes values ($1)", text)
    finally:
        await connection.close()
    after = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
    await until(lambda: datetime.now(UTC) > after + timedelta(milliseconds=50))
    return after


async def notes(instance: dict[str, Any]) -> list[str]:
    connection = await connected(instance)
    try:
        return [row["text"] for row in await connection.fetch("select text from notes order by text")]
    finally:
        await connection.close()


async def restored(cloud: Any, target: str, **parameters: Any) -> dict[str, Any]:
    answer = await cloud.call(
        "rds", "restore_db_instance_to_point_in_time", TargetDBInstanceIdentifier=target, **parameters
    )
    assert answer["DBInstance"]["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in answer["DBInstance"]
    return await in_status(cloud, "available", target)


async def refusal(cloud: Any, operation: str, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        await cloud.call("rds", operation, **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
