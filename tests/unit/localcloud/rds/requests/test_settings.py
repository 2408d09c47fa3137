"""Storage, port, place and options that RDS refuses."""

import pytest

from localcloud.errors import AwsError
from localcloud.rds.requests.settings import Storage, check_names, check_settings

REGION = "us-west-1"
LARGE = {"AllocatedStorage": "400", "StorageType": "gp3"}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"AllocatedStorage": "5"}, "Invalid storage size for engine name postgres and storage type gp2: 5"),
        ({"AllocatedStorage": "70000", "StorageType": "gp3"}, "Invalid storage size"),
        ({"AllocatedStorage": "20", "StorageType": "floppy"}, "Invalid storage type: floppy"),
        ({"AllocatedStorage": "20", "StorageType": "gp3", "Iops": "12000"}, "a storage size less than 400"),
        ({"AllocatedStorage": "20", "StorageType": "gp3", "StorageThroughput": "500"}, "a storage size less than 400"),
        (LARGE | {"Iops": "3000"}, "Invalid iops value"),
        ({"AllocatedStorage": "100", "StorageType": "io1"}, "You must specify IOPS"),
        ({"AllocatedStorage": "100", "Iops": "6000"}, "Invalid iops to storage .* storage type io1: 60"),
        ({"AllocatedStorage": "100", "StorageType": "gp2", "Iops": "3000"}, "You can't specify IOPS"),
        ({"AllocatedStorage": "100", "StorageType": "gp2", "StorageThroughput": "500"}, "storage throughput"),
        ({"MultiAZ": "true", "AvailabilityZone": "us-west-1a"}, "Requesting a specific availability zone"),
        ({"AvailabilityZone": "eu-west-1a"}, "not an availability zone of us-west-1"),
        ({"AvailabilityZone": "us-west-1c"}, "us-west-1a, us-west-1b are"),
        ({"Port": "80"}, "Must be a value from 1150 to 65535"),
        ({"Port": "70000"}, "Must be a value from 1150 to 65535"),
        ({"Port": "-1"}, "Must be a value from 1150 to 65535"),
        ({"NetworkType": "IPV6"}, "Invalid network type"),
        ({"LicenseModel": "bring-your-own-license"}, "Valid license models are: postgresql-license"),
        ({"CharacterSetName": "UTF8"}, "not supported for engine postgres"),
        ({"PerformanceInsightsRetentionPeriod": "8"}, "7, 731 or a multiple of 31"),
        ({"EnableCloudwatchLogsExports.member.1": "audit"}, "You cannot use the log types 'audit'"),
        ({"CloudwatchLogsExportConfiguration.EnableLogTypes.member.2": "slowquery"}, "log types 'slowquery'"),
        ({"AllocatedStorage": "30", "MaxAllocatedStorage": "20"}, "Max storage size must be greater than storage size"),
        ({"CustomIamInstanceProfile": "AWSRDSCustom"}, "not supported for engine postgres"),
        ({"TdeCredentialArn": "arn"}, "not supported for engine postgres"),
        ({"MultiTenant": "true"}, "not supported for engine postgres"),
        ({"BackupTarget": "moon"}, "Valid values are: region, outposts, local"),
        ({"EngineLifecycleSupport": "for-ever"}, "Invalid EngineLifecycleSupport: for-ever"),
        ({"MasterUserSecretKmsKeyId": "alias/a"}, "unless you enable ManageMasterUserPassword"),
        ({"CACertificateIdentifier": "rds-ca-2019"}, "Certificate not found: rds-ca-2019"),
    ],
)
def test_a_new_instance_cannot_have_them(form: dict[str, str], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check_settings(form, REGION, None)
    assert refused.value.status < 500


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"AllocatedStorage": "20", "StorageType": "gp3", "Port": "5432", "AvailabilityZone": "us-west-1b"},
        LARGE | {"Iops": "12000", "StorageThroughput": "500"},
        {"AllocatedStorage": "100", "StorageType": "io2", "Iops": "100000"},
        {"AllocatedStorage": "20", "MaxAllocatedStorage": "20", "BackupTarget": "region", "MultiTenant": "false"},
        {"AllocatedStorage": "20", "MaxAllocatedStorage": "0"},
        {"MasterUserSecretKmsKeyId": "alias/a", "ManageMasterUserPassword": "true"},
        {"MultiAZ": "false", "AvailabilityZone": "us-west-1a", "PerformanceInsightsRetentionPeriod": "93"},
        {"EnableCloudwatchLogsExports.member.1": "postgresql", "CACertificateIdentifier": "rds-ca-rsa2048-g1"},
    ],
)
def test_a_new_instance_can_have_them(form: dict[str, str]) -> None:
    check_settings(form, REGION, None)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"AllocatedStorage": "50"}, "cannot be less than the current size"),
        ({"Iops": "12000"}, "a storage size less than 400"),
        ({"StorageType": "io1"}, "You must specify IOPS"),
    ],
)
def test_a_change_is_checked_with_what_the_instance_has(form: dict[str, str], words: str) -> None:
    present = Storage(kind="gp3", gib=100)
    with pytest.raises(AwsError, match=words):
        check_settings(form, REGION, present)
    check_settings({"AllocatedStorage": "400", "Iops": "12000"}, REGION, present)
    check_settings({"StorageType": "io1", "Iops": "1000"}, REGION, present)
    check_settings({"MultiAZ": "true"}, REGION, Storage(kind="io1", gib=100))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"MasterUsername": "admin"}, "MasterUsername admin cannot be used as it is a reserved word"),
        ({"MasterUsername": "User"}, "reserved word"),
        ({"MasterUsername": "app", "DBName": "my-db"}, "DBName must begin with a letter"),
        ({"MasterUsername": "app", "DBName": "1st"}, "DBName must begin with a letter"),
        ({"MasterUsername": "app", "DBName": "table"}, "reserved word"),
    ],
)
def test_names_that_postgresql_cannot_have(form: dict[str, str], words: str) -> None:
    with pytest.raises(AwsError, match=words):
        check_names(form)
    check_names({"MasterUsername": "spendsense", "DBName": "spend_sense"})
