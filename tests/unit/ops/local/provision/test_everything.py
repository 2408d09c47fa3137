"""The local environment's resources, created against moto."""

from ops.aws.clients import Aws
from ops.local.provision import everything, load_balancer, stores
from tests.unit.ops.local.provision.made import make, secret


def counts(aws: Aws) -> dict[str, int]:
    return {
        "vpcs": len(aws.ec2.describe_vpcs()["Vpcs"]),
        "subnets": len(aws.ec2.describe_subnets()["Subnets"]),
        "groups": len(aws.ec2.describe_security_groups()["SecurityGroups"]),
        "balancers": len(aws.elbv2.describe_load_balancers()["LoadBalancers"]),
        "target_groups": len(aws.elbv2.describe_target_groups()["TargetGroups"]),
        "databases": len(aws.rds.describe_db_instances()["DBInstances"]),
        "caches": len(aws.elasticache.describe_replication_groups()["ReplicationGroups"]),
        "secrets": len(aws.secretsmanager.list_secrets()["SecretList"]),
        "buckets": len(aws.s3.list_buckets()["Buckets"]),
        "repositories": len(aws.ecr.describe_repositories()["repositories"]),
        "roles": len(aws.iam.list_roles()["Roles"]),
        "clusters": len(aws.ecs.list_clusters()["clusterArns"]),
    }


def test_provisioning_twice_makes_nothing_twice_and_keeps_every_secret(aws: Aws) -> None:
    first = make(aws)
    before, secrets_before = counts(aws), [secret(aws, part) for part in first.secret_arns]
    second = make(aws)
    assert second == first
    assert counts(aws) == before
    assert [secret(aws, part) for part in first.secret_arns] == secrets_before


def test_resources_of_an_interrupted_run_get_their_settings_from_the_next(aws: Aws) -> None:
    where = aws.environment
    vpc = aws.ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    arn = aws.elbv2.create_target_group(Name=where.target_group, Protocol="HTTP", Port=8000, VpcId=vpc)["TargetGroups"][
        0
    ]["TargetGroupArn"]
    aws.s3.create_bucket(Bucket=where.data_bucket, CreateBucketConfiguration={"LocationConstraint": where.region})
    aws.logs.create_log_group(logGroupName=where.log_group)
    assert load_balancer.ensure_target_group(aws, vpc, where.target_group) == arn
    stores.ensure_bucket(aws)
    everything.ensure_log_groups(aws)
    attributes = aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in attributes
    assert aws.s3.get_bucket_versioning(Bucket=where.data_bucket)["Status"] == "Enabled"
    assert aws.s3.get_bucket_lifecycle_configuration(Bucket=where.data_bucket)["Rules"]
    groups = aws.logs.describe_log_groups()["logGroups"]
    assert {each["logGroupName"]: each.get("retentionInDays") for each in groups}[where.log_group] == 30


def test_a_log_group_keeps_the_retention_that_it_was_given(aws: Aws) -> None:
    everything.ensure_log_groups(aws)
    group = aws.environment.log_group
    aws.logs.put_retention_policy(logGroupName=group, retentionInDays=90)
    everything.ensure_log_groups(aws)
    groups = aws.logs.describe_log_groups()["logGroups"]
    assert {each["logGroupName"]: each.get("retentionInDays") for each in groups}[group] == 90
