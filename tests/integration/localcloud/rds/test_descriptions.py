"""RDS's descriptions of releases, classes and log files, and upgrades of an instance between releases."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.instances import created, in_status, query

NAME = {"DBInstanceIdentifier": "spendsense-local"}


async def test_releases_are_listed_with_their_targets_and_without_those_withdrawn(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:

        async def versions(**parameters: Any) -> list[dict[str, Any]]:
            return list((await cloud.call("rds", "describe_db_engine_versions", **parameters))["DBEngineVersions"])

        reported = {each["EngineVersion"]: each for each in await versions(Engine="postgres")}
        assert {"16.9", "16.10", "16.11"} <= set(reported)
        assert not {"16.5", "16.6", "16.7", "16.8"} & set(reported)
        ours = reported["16.10"]
        assert (ours["DBParameterGroupFamily"], ours["Status"]) == ("postgres16", "available")
        assert [each["EngineVersion"] for each in ours["ValidUpgradeTarget"]] == ["16.11", "16.12", "16.13"]
        (withdrawn,) = await versions(Engine="postgres", EngineVersion="16.5", IncludeAll=True)
        assert withdrawn["Status"] == "deprecated"
        assert await versions(Engine="postgres", EngineVersion="16.5") == []
        assert await versions(Engine="mysql") == []
        assert [each["EngineVersion"] for each in await versions(DefaultOnly=True)] == ["16.10"]


async def test_classes_are_listed_by_page_with_storage_and_the_regions_zones(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        parameters = {"Engine": "postgres", "EngineVersion": "16.10", "DBInstanceClass": "db.t4g.micro"}
        answer = (await cloud.call("rds", "describe_orderable_db_instance_options", **parameters))[
            "OrderableDBInstanceOptions"
        ]
        gp3 = next(each for each in answer if each["StorageType"] == "gp3")
        assert [each["Name"] for each in gp3["AvailabilityZones"]] == ["us-west-1a", "us-west-1b"]
        assert (gp3["MinStorageSize"], gp3["MultiAZCapable"]) == (20, True)
        page = await cloud.call("rds", "describe_orderable_db_instance_options", Engine="postgres", MaxRecords=20)
        assert len(page["OrderableDBInstanceOptions"]) == 20
        after = {"Engine": "postgres", "MaxRecords": 20, "Marker": page["Marker"]}
        following = await cloud.call("rds", "describe_orderable_db_instance_options", **after)
        assert following["OrderableDBInstanceOptions"][0] not in page["OrderableDBInstanceOptions"]
        # As Terraform's provider requests it: this operation has larger pages than the others.
        large = await cloud.call("rds", "describe_orderable_db_instance_options", Engine="postgres", MaxRecords=1000)
        assert len(large["OrderableDBInstanceOptions"]) > 100
        with pytest.raises(ClientError, match="Must be between 20 and 1000"):
            await cloud.call("rds", "describe_orderable_db_instance_options", Engine="postgres", MaxRecords=1001)


@pytest.mark.long
async def test_an_instance_is_upgraded_and_never_goes_back(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud, EngineVersion="16.10")
        instance = await in_status(cloud, "available")
        began = await query(instance, "select pg_postmaster_start_time()")
        answer = await cloud.call("rds", "modify_db_instance", **NAME, EngineVersion="16.11", ApplyImmediately=True)
        assert answer["DBInstance"]["DBInstanceStatus"] == "upgrading"
        instance = await in_status(cloud, "available")
        assert instance["EngineVersion"] == "16.11"
        assert await query(instance, "select pg_postmaster_start_time()") > began
        for refused, words in (
            ("16.10", "Cannot upgrade postgres from 16.11 to 16.10"),
            ("16.8", "Cannot find version"),
        ):
            with pytest.raises(ClientError, match=words):
                await cloud.call("rds", "modify_db_instance", **NAME, EngineVersion=refused, ApplyImmediately=True)


async def test_nothing_awaits_maintenance(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        arn = (await in_status(cloud, "available"))["DBInstanceArn"]
        answer = await cloud.call("rds", "describe_pending_maintenance_actions", ResourceIdentifier=arn)
        assert answer["PendingMaintenanceActions"] == []
        with pytest.raises(ClientError, match="ResourceNotFoundFault"):
            await cloud.call("rds", "describe_pending_maintenance_actions", ResourceIdentifier=f"{arn}-other")


@pytest.mark.long
async def test_the_servers_own_log_is_handed_out_by_lines_and_markers(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        await query(instance, "do $$ begin raise log 'ein Wort: Größe'; end $$")

        async def portion(name: str, **more: Any) -> dict[str, Any]:
            return dict(await cloud.call("rds", "download_db_log_file_portion", **NAME, LogFileName=name, **more))

        async def newest() -> str:
            files = (await cloud.call("rds", "describe_db_log_files", **NAME))["DescribeDBLogFiles"]
            return str(files[-1]["LogFileName"])

        async def arrived() -> bool:
            return "ein Wort: Größe" in (await portion(await newest()))["LogFileData"]

        await cloud.until(arrived)
        name = await newest()
        assert name.startswith("error/postgresql.log.")
        whole = (await portion(name, Marker="0"))["LogFileData"]
        assert "database system is ready to accept connections" in whole
        first = await portion(name, Marker="0", NumberOfLines=1)
        assert first["LogFileData"] == whole.splitlines(keepends=True)[0]
        assert first["AdditionalDataPending"] is True
        rest = await portion(name, Marker=first["Marker"])
        assert first["LogFileData"] + rest["LogFileData"] == whole
        assert (await portion(name, NumberOfLines=2))["LogFileData"] == "".join(whole.splitlines(keepends=True)[-2:])
        for wrong, code in (({"LogFileName": "error/../superuser"}, "DBLogFileNotFoundFault"), ({"Marker": "x"}, "")):
            with pytest.raises(ClientError, match=code or "InvalidParameterValue"):
                await cloud.call("rds", "download_db_log_file_portion", **{**NAME, "LogFileName": name, **wrong})
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        answer = await cloud.call("rds", "download_db_log_file_portion", **NAME, LogFileName=name, Marker="0")
        assert answer["LogFileData"].startswith(whole)  # the lines before the restart


async def test_a_forced_failover_needs_a_standby(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        await in_status(cloud, "available")
        with pytest.raises(ClientError, match="not a Multi-AZ"):
            await cloud.call("rds", "reboot_db_instance", **NAME, ForceFailover=True)


@pytest.mark.parametrize(
    ("operation", "name", "words"),
    [
        ("describe_db_clusters", "DBClusterIdentifier", "DBCluster x not found."),
        ("describe_event_subscriptions", "SubscriptionName", "Subscription x not found."),
        ("describe_db_shard_groups", "DBShardGroupIdentifier", "DBShardGroup x not found."),
        ("describe_db_proxies", "DBProxyName", "The specified proxy name x doesn't correspond to a proxy"),
    ],
)
async def test_resources_that_cannot_exist_are_not_found_in_awss_words(
    cloud_in: Any, tmp_path: Path, operation: str, name: str, words: str
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        with pytest.raises(ClientError, match=words):
            await cloud.call("rds", operation, **{name: "x"})
