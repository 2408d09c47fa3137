"""RDS refuses security groups and option groups that do not exist, and says what an instance can be changed to."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.instances import created

NAME = {"DBInstanceIdentifier": "spendsense-local"}
NO_GROUP = "sg-00000000000000000"


async def test_groups_that_do_not_exist_are_refused_for_new_and_for_changed_instances(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud, OptionGroupName="default:postgres-16")
        instance = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        instance |= {"MasterUsername": "app", "MasterUserPassword": "password1", "DBInstanceIdentifier": "another"}
        for parameters, code, words in (
            (
                {"VpcSecurityGroupIds": [NO_GROUP]},
                "InvalidParameterValue",
                f"Invalid security group , groupId= {NO_GROUP}",
            ),
            ({"OptionGroupName": "mine"}, "OptionGroupNotFoundFault", "Specified OptionGroupName: mine not found"),
            ({"DBSecurityGroups": ["old"]}, "DBSecurityGroupNotFound", "DBSecurityGroup old not found"),
        ):
            for operation, given in (("create_db_instance", instance), ("modify_db_instance", NAME)):
                with pytest.raises(ClientError, match=words) as refused:
                    await cloud.call("rds", operation, **given, **parameters)
                assert refused.value.response["Error"]["Code"] == code
        [kept] = (await cloud.call("rds", "describe_db_instances"))["DBInstances"]
        assert [each["OptionGroupName"] for each in kept["OptionGroupMemberships"]] == ["default:postgres-16"]
        own = (await cloud.call("ec2", "describe_security_groups"))["SecurityGroups"][0]["GroupId"]
        changed = await cloud.call("rds", "modify_db_instance", **NAME, VpcSecurityGroupIds=[own])
        assert [each["VpcSecurityGroupId"] for each in changed["DBInstance"]["VpcSecurityGroups"]] == [own]


async def test_an_instance_can_grow_and_never_shrink(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud, AllocatedStorage=50)
        found = await cloud.call("rds", "describe_valid_db_instance_modifications", **NAME)
        storage = {each["StorageType"]: each for each in found["ValidDBInstanceModificationsMessage"]["Storage"]}
        assert storage["gp3"]["StorageSize"] == [{"From": 50, "To": 65536, "Step": 1}]
        assert storage["io1"]["StorageSize"][0]["From"] == 100
        assert storage["io1"]["ProvisionedIops"] == [{"From": 1000, "To": 256000, "Step": 1}]
        with pytest.raises(ClientError, match="DBInstance none not found"):
            await cloud.call("rds", "describe_valid_db_instance_modifications", DBInstanceIdentifier="none")


async def test_the_authorities_of_certificates_are_those_that_an_instance_can_have(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        found = await cloud.call("rds", "describe_certificates")
        assert found["DefaultCertificateForNewLaunches"] == "rds-ca-rsa2048-g1"
        names = [each["CertificateIdentifier"] for each in found["Certificates"]]
        assert names == ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"]
        [one] = (await cloud.call("rds", "describe_certificates", CertificateIdentifier=names[1]))["Certificates"]
        assert one["CertificateArn"] == f"arn:aws:rds:us-west-1::cert:{names[1]}"
        with pytest.raises(ClientError, match="Certificate not found: rds-ca-2015"):
            await cloud.call("rds", "describe_certificates", CertificateIdentifier="rds-ca-2015")
