"""The services below the others, for the fuzz: network, identity, keys, parameters, certificates, budgets, backups."""

from collections.abc import Collection
from typing import Any

from tests.fuzz.subjects import Subject
from tests.integration.localcloud.conftest import Cloud

ACCOUNT = "123456789012"
TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
BUDGET = {
    "BudgetName": "fuzz",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "10", "Unit": "USD"},
}
# What AWS names by itself, filled by `prepare`: a subject's `known` holds these lists.
KEYS: list[str] = []
CERTIFICATES: list[str] = []
PLANS: list[str] = []
NETWORK: dict[str, list[str]] = {
    name: []
    for name in ("VpcId", "SubnetId", "RouteTableId", "GroupId", "NetworkAclId", "InternetGatewayId", "AllocationId")
}
OF_NETWORK = (
    *("CreateVpc", "DeleteVpc", "DescribeVpcs", "DescribeVpcAttribute", "ModifyVpcAttribute"),
    *("CreateSubnet", "DeleteSubnet", "DescribeSubnets", "ModifySubnetAttribute", "DescribeAvailabilityZones"),
    *("CreateSecurityGroup", "DeleteSecurityGroup", "DescribeSecurityGroups", "DescribeSecurityGroupRules"),
    *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules"),
    *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
    *("CreateNetworkAcl", "DeleteNetworkAcl", "DescribeNetworkAcls", "ReplaceNetworkAclAssociation"),
    *("CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"),
    *("CreateRouteTable", "DeleteRouteTable", "DescribeRouteTables", "AssociateRouteTable", "DisassociateRouteTable"),
    *("CreateRoute", "DeleteRoute", "ReplaceRoute"),
    *("CreateInternetGateway", "DeleteInternetGateway", "DescribeInternetGateways"),
    *("AttachInternetGateway", "DetachInternetGateway"),
    *("AllocateAddress", "ReleaseAddress", "DescribeAddresses", "DescribeAddressesAttribute"),
    *("CreateNatGateway", "DeleteNatGateway", "DescribeNatGateways"),
    *("CreateVpcEndpoint", "DeleteVpcEndpoints", "DescribeVpcEndpoints", "ModifyVpcEndpoint"),
    *("DescribeVpcEndpointServices", "DescribePrefixLists"),
    *("CreateFlowLogs", "DeleteFlowLogs", "DescribeFlowLogs", "DescribeNetworkInterfaces"),
    *("CreateTags", "DeleteTags", "DescribeTags"),
)
"""The operations of EC2 that the infrastructure uses."""
OF_BACKUPS = (
    *("CreateBackupPlan", "DeleteBackupPlan", "GetBackupPlan", "ListBackupPlans", "ListBackupPlanVersions"),
    *("CreateBackupSelection", "DeleteBackupSelection", "GetBackupSelection", "ListBackupSelections"),
    *("CreateBackupVault", "DeleteBackupVault", "DescribeBackupVault", "ListBackupVaults", "ListTags"),
    *("ListRecoveryPointsByBackupVault", "StartBackupJob", "DescribeBackupJob", "ListBackupJobs"),
    *("TagResource", "UntagResource"),
)
"""The operations of AWS Backup that the infrastructure uses."""

OF_BUCKETS = (
    *("CreateBucket", "DeleteBucket", "HeadBucket", "ListBuckets", "GetBucketLocation", "ListObjectsV2"),
    *("GetBucketAcl", "PutBucketAcl", "GetBucketCors", "PutBucketCors", "DeleteBucketCors"),
    *("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus"),
    *("GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"),
    *("GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
    *("GetBucketLogging", "PutBucketLogging", "GetBucketVersioning", "PutBucketVersioning"),
    *("GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
    *("GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"),
    *("GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication"),
    *("GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", "GetBucketNotificationConfiguration"),
    *("GetBucketAccelerateConfiguration", "GetBucketRequestPayment", "GetBucketWebsite", "GetObjectLockConfiguration"),
    *("HeadObject", "DeleteObject", "DeleteObjects", "CopyObject", "GetObject", "ListObjectVersions"),
    *("CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts", "ListMultipartUploads"),
)
"""The operations of S3 in use, except those that send a body of another length than they declare."""


async def _prepare_parameters(cloud: Cloud) -> None:
    await cloud.call("ssm", "put_parameter", Name="/fuzz/one", Value="value", Type="String")


async def _prepare_keys(cloud: Cloud) -> None:
    key = (await cloud.call("kms", "create_key"))["KeyMetadata"]
    await cloud.call("kms", "create_alias", AliasName="alias/fuzz", TargetKeyId=key["KeyId"])
    KEYS[:] = [key["KeyId"], key["Arn"], "alias/fuzz"]


async def _prepare_identities(cloud: Cloud) -> None:
    await cloud.call("iam", "create_role", RoleName="fuzz", AssumeRolePolicyDocument=TRUST)
    await cloud.call("iam", "create_user", UserName="fuzz")
    await cloud.call("iam", "create_group", GroupName="fuzz")
    await cloud.call("iam", "create_policy", PolicyName="fuzz", PolicyDocument=POLICY)
    await cloud.call("iam", "put_role_policy", RoleName="fuzz", PolicyName="fuzz", PolicyDocument=POLICY)
    await cloud.call("iam", "create_instance_profile", InstanceProfileName="fuzz")


async def _prepare_certificates(cloud: Cloud) -> None:
    created = await cloud.call("acm", "request_certificate", DomainName="fuzz.example.com", ValidationMethod="DNS")
    CERTIFICATES[:] = [created["CertificateArn"]]


async def _prepare_budgets(cloud: Cloud) -> None:
    await cloud.call("budgets", "create_budget", AccountId=ACCOUNT, Budget=BUDGET)


async def _prepare_backups(cloud: Cloud) -> None:
    await cloud.call("backup", "create_backup_vault", BackupVaultName="fuzz")
    plan = {"BackupPlanName": "fuzz", "Rules": [{"RuleName": "fuzz", "TargetBackupVaultName": "fuzz"}]}
    PLANS[:] = [(await cloud.call("backup", "create_backup_plan", BackupPlan=plan))["BackupPlanId"]]


async def _prepare_buckets(cloud: Cloud) -> None:
    location = {"LocationConstraint": cloud.host.region}
    await cloud.call("s3", "create_bucket", Bucket="fuzz", CreateBucketConfiguration=location)
    await cloud.call("s3", "put_object", Bucket="fuzz", Key="fuzz", Body=b"fuzz")


async def _prepare_network(cloud: Cloud) -> None:
    vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
    subnet = await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.9.1.0/24")
    table = await cloud.call("ec2", "create_route_table", VpcId=vpc)
    group = await cloud.call("ec2", "create_security_group", VpcId=vpc, GroupName="fuzz", Description="d")
    acl = await cloud.call("ec2", "create_network_acl", VpcId=vpc)
    gateway = await cloud.call("ec2", "create_internet_gateway")
    address = await cloud.call("ec2", "allocate_address", Domain="vpc")
    created = {
        "VpcId": vpc,
        "SubnetId": subnet["Subnet"]["SubnetId"],
        "RouteTableId": table["RouteTable"]["RouteTableId"],
        "GroupId": group["GroupId"],
        "NetworkAclId": acl["NetworkAcl"]["NetworkAclId"],
        "InternetGatewayId": gateway["InternetGateway"]["InternetGatewayId"],
        "AllocationId": address["AllocationId"],
    }
    for name, value in created.items():
        NETWORK[name][:] = [value]


async def _prepare_nothing(cloud: Cloud) -> None:
    return None


def _nothing(cloud: Cloud, client: Any) -> Collection[str]:
    return ()


FOUNDATION = (
    Subject(
        service="ssm",
        parts={},
        known={"Name": ["/fuzz/one"], "Names": [["/fuzz/one"]], "Path": ["/fuzz"], "ResourceId": ["/fuzz/one"]},
        prepare=_prepare_parameters,
        listed=_nothing,
        # Of patches, of which nothing here is asked: moto looks for a baseline under no name.
        without=("GetPatchBaselineForPatchGroup",),
    ),
    Subject(
        service="kms",
        parts={},
        known={"KeyId": KEYS, "TargetKeyId": KEYS, "AliasName": ["alias/fuzz"]},
        prepare=_prepare_keys,
        listed=_nothing,
        # moto refuses a key of another use without a word.
        without=("GenerateMac", "VerifyMac"),
    ),
    Subject(
        service="iam",
        parts={},
        known={
            **{name: ["fuzz"] for name in ("RoleName", "UserName", "GroupName", "PolicyName", "InstanceProfileName")},
            "PolicyArn": [f"arn:aws:iam::{ACCOUNT}:policy/fuzz", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "PolicyDocument": [POLICY],
            "AssumeRolePolicyDocument": [TRUST],
        },
        prepare=_prepare_identities,
        listed=_nothing,
    ),
    Subject(
        service="sts",
        parts={},
        known={"RoleArn": [f"arn:aws:iam::{ACCOUNT}:role/fuzz"], "Policy": [TRUST]},
        prepare=_prepare_nothing,
        listed=_nothing,
    ),
    Subject(
        service="acm",
        parts={},
        known={"CertificateArn": CERTIFICATES, "DomainName": ["fuzz.example.com"]},
        prepare=_prepare_certificates,
        listed=_nothing,
    ),
    Subject(
        service="budgets",
        parts={},
        known={"AccountId": [ACCOUNT], "BudgetName": ["fuzz"]},
        prepare=_prepare_budgets,
        listed=_nothing,
    ),
    Subject(
        service="backup",
        parts={},
        known={"BackupVaultName": ["fuzz"], "TargetBackupVaultName": ["fuzz"], "BackupPlanId": PLANS},
        prepare=_prepare_backups,
        listed=_nothing,
        only=OF_BACKUPS,
    ),
    Subject(
        service="s3",
        parts={},
        known={"Bucket": ["fuzz"], "Key": ["fuzz"]},
        prepare=_prepare_buckets,
        listed=_nothing,
        only=OF_BUCKETS,
    ),
    Subject(
        service="ec2",
        parts={},
        known={
            **NETWORK,
            "CidrBlock": ["10.9.2.0/24"],
            "DestinationCidrBlock": ["0.0.0.0/0"],
            "GatewayId": NETWORK["InternetGatewayId"],
        },
        prepare=_prepare_network,
        listed=_nothing,
        only=OF_NETWORK,
    ),
)
