"""Helpers that create DB instances of a local cloud and inspect them."""

from typing import Any

import asyncpg

PASSWORD = "first-pass'word\\1"


async def created(cloud: Any, identifier: str = "spendsense-local", **more: Any) -> dict[str, Any]:
    answer = await cloud.call(
        "rds",
        "create_db_instance",
        **{
            "DBInstanceIdentifier": identifier,
            "Engine": "postgres",
            "EngineVersion": "16",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "spend_admin",
            "MasterUserPassword": PASSWORD,
            "DBName": "spendsense",
            **more,
        },
    )
    return answer["DBInstance"]


async def described(cloud: Any, identifier: str = "spendsense-local") -> dict[str, Any]:
    answer = await cloud.call("rds", "describe_db_instances", DBInstanceIdentifier=identifier)
    return answer["DBInstances"][0]


async def in_status(cloud: Any, status: str, identifier: str = "spendsense-local") -> dict[str, Any]:
    async def reached() -> bool:
        return (await described(cloud, identifier))["DBInstanceStatus"] == status

    await cloud.until(reached)
    return await described(cloud, identifier)


async def connected(
    instance: dict[str, Any], password: str = PASSWORD, user: str = "spend_admin"
) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=instance["Endpoint"]["Address"],
        port=instance["Endpoint"]["Port"],
        user=user,
        password=password,
        database="spendsense",
        ssl=False,
    )


async def query(instance: dict[str, Any], sql: str, password: str = PASSWORD) -> Any:
    connection = await connected(instance, password)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def created_with_secret(cloud: Any) -> None:
    await cloud.call(
        "rds",
        "create_db_instance",
        DBInstanceIdentifier="spendsense-local",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="spend_admin",
        ManageMasterUserPassword=True,
        DBName="spendsense",
        MultiAZ=True,
    )
