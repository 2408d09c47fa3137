"""Creates the local environment's resources, each unless it is there. Goes when Terraform does this."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from ops.aws import Aws, error_code
from ops.console import Console
from ops.environment import Environment
from ops.errors import CouldNotStart
from ops.provision_balancer import ensure_load_balancer
from ops.recovery import shape
from ops.stores import find_instance, find_replication_group
from ops.waiter import Deadline, wait_for

VPC_CIDR = "10.1.0.0/16"
SUBNETS = {"a": "10.1.1.0/24", "b": "10.1.2.0/24"}
DATABASE_USER = "spendsense"
DATABASE_NAME = "spendsense"
# HTTP, PostgreSQL, Redis: who may be reached on what by whom.
INGRESS = {"alb": (80, None), "ecs": (8000, "alb"), "rds": (5432, "ecs"), "redis": (6379, "ecs")}
SECRET_BYTES = 32
DESIRED_TASKS = 2
PARTS = ("execution", "task")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What the service is created on."""

    subnets: tuple[str, ...]
    security_group: str
    target_group: str
    secret_arns: dict[str, str]
    execution_role: str
    task_role: str
    secrets_changed: bool

    @property
    def network(self) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": [self.security_group],
                "assignPublicIp": "DISABLED",
            }
        }


def provision(aws: Aws, listener_port: int | None, deadline: Deadline, console: Console) -> Foundation:
    """Make everything the service stands on, and wait until database and cache are available.

    Errors: CouldNotStart, also when the listener's port cannot be had.
    """
    with console.phase("network"):
        vpc, subnets = ensure_network(aws)
        groups = ensure_security_groups(aws, vpc)
    with console.phase("stores"):
        password = ensure_database(aws, groups["rds"])
        ensure_cache(aws, groups["redis"])
        ensure_bucket(aws)
        ensure_repository(aws)
        ensure_log_groups(aws)
        execution_role, task_role = ensure_roles(aws)
        aws.ecs.create_cluster(clusterName=aws.environment.cluster)  # the same again changes nothing
    with console.phase("load_balancer"):
        target_group = ensure_load_balancer(aws, vpc, subnets, groups["alb"], listener_port)
    with console.phase("database_and_cache"):
        database = wait_for_database(aws, deadline)
        cache = wait_for_cache(aws, deadline)
    with console.phase("secrets"):
        arns, changed = ensure_secrets(aws, password, database, cache)
    return Foundation(
        subnets=subnets,
        security_group=groups["ecs"],
        target_group=target_group,
        secret_arns=arns,
        execution_role=execution_role,
        task_role=task_role,
        secrets_changed=changed,
    )


def ensure_network(aws: Aws) -> tuple[str, tuple[str, ...]]:
    """EC2 DescribeVpcs, CreateVpc, DescribeSubnets, CreateSubnet."""
    name = aws.environment.prefix
    vpcs = aws.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    vpc = vpcs[0] if vpcs else aws.ec2.create_vpc(CidrBlock=VPC_CIDR, TagSpecifications=named("vpc", name))["Vpc"]
    found = aws.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    by_cidr = {subnet["CidrBlock"]: subnet for subnet in found}
    zones = [zone["ZoneName"] for zone in aws.ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = []
    for position, (letter, cidr) in enumerate(SUBNETS.items()):
        subnet = (
            by_cidr.get(cidr)
            or (
                aws.ec2.create_subnet(
                    VpcId=vpc["VpcId"],
                    CidrBlock=cidr,
                    AvailabilityZone=zones[position % len(zones)],
                    TagSpecifications=named("subnet", f"{name}-{letter}"),
                )["Subnet"]
            )
        )
        subnets.append(subnet["SubnetId"])
    return vpc["VpcId"], tuple(subnets)


def ensure_security_groups(aws: Aws, vpc: str) -> dict[str, str]:
    """EC2 DescribeSecurityGroups, CreateSecurityGroup, AuthorizeSecurityGroupIngress."""
    found = aws.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    ids = {group["GroupName"]: group["GroupId"] for group in found}
    groups: dict[str, str] = {}
    for part, (port, source) in INGRESS.items():
        name = f"{aws.environment.prefix}-{part}"
        if name not in ids:
            created = aws.ec2.create_security_group(
                GroupName=name,
                Description=f"SpendSense {part}",
                VpcId=vpc,
                TagSpecifications=named("security-group", name),
            )
            ids[name] = created["GroupId"]
        groups[part] = ids[name]
        admitted = (
            {"UserIdGroupPairs": [{"GroupId": groups[source]}]} if source else {"IpRanges": [{"CidrIp": "127.0.0.0/8"}]}
        )
        allow(aws, groups[part], {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **admitted})
    return groups


def allow(aws: Aws, group: str, permission: dict[str, Any]) -> None:
    try:
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    except aws.ec2.exceptions.ClientError as exc:
        if error_code(exc) != "InvalidPermission.Duplicate":
            raise


def ensure_database(aws: Aws, group: str) -> str:
    """RDS DescribeDBInstances, CreateDBInstance. Gives the password, kept in Secrets Manager only.

    Errors: CouldNotStart when there was one with people's data in it.

    The secret comes first: a run that is cut short between the two leaves a password that can be used.
    """
    name = aws.environment.prefix
    kept = secret_value(aws, f"{name}/database")
    password = kept["password"] if kept else secrets.token_urlsafe(SECRET_BYTES)
    if kept is None:
        create_secret(aws, f"{name}/database", {"username": DATABASE_USER, "password": password})
    if find_instance(aws, name) is not None:
        return str(password)
    if "database" in (shape.recorded(aws) or {}):
        raise CouldNotStart(
            f"the database {name} is gone, and an empty one would take its place",
            next_step="bring it back: `spendsense recover`; or begin anew: `spendsense down --delete-data`",
        )
    aws.rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        EngineVersion="16.10",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        DBName=DATABASE_NAME,
        MasterUsername=DATABASE_USER,
        MasterUserPassword=password,
        BackupRetentionPeriod=7,
        VpcSecurityGroupIds=[group],
        PubliclyAccessible=False,
    )
    return str(password)


def ensure_cache(aws: Aws, group: str) -> None:
    """ElastiCache DescribeReplicationGroups, CreateReplicationGroup."""
    name = aws.environment.prefix
    if find_replication_group(aws, name) is not None:
        return
    aws.elasticache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="SpendSense cache",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1,
        AutomaticFailoverEnabled=False,
        SecurityGroupIds=[group],
    )


def ensure_bucket(aws: Aws) -> None:
    """S3 HeadBucket, CreateBucket, PutBucketVersioning, PutBucketLifecycleConfiguration."""
    bucket = aws.environment.data_bucket
    try:
        aws.s3.head_bucket(Bucket=bucket)
    except aws.s3.exceptions.ClientError as exc:
        if error_code(exc) not in {"404", "NoSuchBucket"}:
            raise
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.environment.region})
        aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        # Files that were announced and sent, but whose upload nobody completed.
        abandoned = {
            "ID": "abandoned-uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": "announced/"},
            "Expiration": {"Days": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        }
        aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [abandoned]})


def ensure_repository(aws: Aws) -> None:
    """ECR CreateRepository, with tags that never move."""
    try:
        aws.ecr.create_repository(repositoryName=aws.environment.repository, imageTagMutability="IMMUTABLE")
    except aws.ecr.exceptions.RepositoryAlreadyExistsException:
        return


def ensure_log_groups(aws: Aws) -> None:
    """CloudWatch Logs CreateLogGroup, PutRetentionPolicy: one for each kind of line."""
    for group in aws.environment.log_groups.values():
        try:
            aws.logs.create_log_group(logGroupName=group)
        except aws.logs.exceptions.ResourceAlreadyExistsException:
            continue
        aws.logs.put_retention_policy(logGroupName=group, retentionInDays=30)


def ensure_roles(aws: Aws) -> tuple[str, str]:
    """IAM GetRole, CreateRole: gives the execution role and the task role; one more lets ECS shift traffic."""
    where = aws.environment
    ensure_role(aws, where.infrastructure_role, "ecs.amazonaws.com")
    execution, task = (ensure_role(aws, f"{where.prefix}-{part}", "ecs-tasks.amazonaws.com") for part in PARTS)
    return execution, task


def ensure_role(aws: Aws, name: str, service: str) -> str:
    """Make a role that an AWS service may take on. Gives its ARN."""
    try:
        role = aws.iam.get_role(RoleName=name)["Role"]
    except aws.iam.exceptions.NoSuchEntityException:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [statement]}
        role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    return str(role["Arn"])


def wait_for_database(aws: Aws, deadline: Deadline) -> dict[str, Any]:
    """Give the database's endpoint once it is available. RDS DescribeDBInstances. Errors: CouldNotStart."""
    status = ""

    def look() -> dict[str, Any] | None:
        nonlocal status
        instance = aws.rds.describe_db_instances(DBInstanceIdentifier=aws.environment.prefix)["DBInstances"][0]
        status = instance["DBInstanceStatus"]
        return instance["Endpoint"] if status == "available" else None

    return required(wait_for(look, deadline, interval_s=0.1), "database", status, deadline)


def wait_for_cache(aws: Aws, deadline: Deadline) -> dict[str, Any]:
    """Give the cache's primary endpoint once it is available. ElastiCache DescribeReplicationGroups."""
    status = ""

    def look() -> dict[str, Any] | None:
        nonlocal status
        groups = aws.elasticache.describe_replication_groups(ReplicationGroupId=aws.environment.prefix)
        group = groups["ReplicationGroups"][0]
        status = group["Status"]
        return group["NodeGroups"][0]["PrimaryEndpoint"] if status == "available" else None

    return required(wait_for(look, deadline, interval_s=0.1), "cache", status, deadline)


def required(endpoint: dict[str, Any] | None, what: str, status: str, deadline: Deadline) -> dict[str, Any]:
    if endpoint is None:
        raise CouldNotStart(
            f"the {what} did not become available within {deadline.timeout_s:g} s (it is {status!r})",
            next_step="look into the local cloud's log",
        )
    return endpoint


def ensure_secrets(
    aws: Aws, password: str, database: dict[str, Any], cache: dict[str, Any]
) -> tuple[dict[str, str], bool]:
    """Make the four secrets true. Gives their ARNs, and whether one that tasks may have read has changed."""
    name = aws.environment.prefix
    host, port = database["Address"], database["Port"]
    url = f"postgresql://{DATABASE_USER}:{password}@{host}:{port}/{DATABASE_NAME}"
    wanted = {
        "database": {
            "username": DATABASE_USER,
            "password": password,
            "host": host,
            "port": port,
            "dbname": DATABASE_NAME,
            "url": url,
        },
        "redis": {"url": f"redis://{cache['Address']}:{cache['Port']}/0"},
    }
    once = {
        "jwt": {"secret_key": secrets.token_urlsafe(SECRET_BYTES)},
        "oauth": {
            "client_id": f"{name}-client",
            "client_secret": secrets.token_urlsafe(SECRET_BYTES),
        },
    }
    changed = False
    for part, value in (wanted | once).items():
        kept = secret_value(aws, f"{name}/{part}")
        if kept is None:
            create_secret(aws, f"{name}/{part}", value)
        elif part in wanted and kept != value:
            aws.secretsmanager.put_secret_value(SecretId=f"{name}/{part}", SecretString=json.dumps(value))
            changed = changed or "url" in kept
    arns = {part: aws.secretsmanager.describe_secret(SecretId=f"{name}/{part}")["ARN"] for part in wanted | once}
    return arns, changed


def secret_value(aws: Aws, name: str) -> dict[str, Any] | None:
    """Secrets Manager GetSecretValue; None when there is no such secret."""
    try:
        answer = aws.secretsmanager.get_secret_value(SecretId=name)
    except aws.secretsmanager.exceptions.ResourceNotFoundException:
        return None
    return json.loads(answer["SecretString"])  # type: ignore[no-any-return]


def create_secret(aws: Aws, name: str, value: dict[str, Any]) -> None:
    aws.secretsmanager.create_secret(Name=name, SecretString=json.dumps(value))


def register_first_task_definition(aws: Aws, foundation: Foundation, image: str, revision: str) -> str:
    """Describe the service's tasks. ECS RegisterTaskDefinition. Gives the ARN."""
    where = aws.environment

    def secret(part: str, key: str) -> str:
        return f"{foundation.secret_arns[part]}:{key}::"

    injected = {
        "DATABASE_URL": secret("database", "url"),
        "REDIS_URL": secret("redis", "url"),
        "JWT_SECRET_KEY": secret("jwt", "secret_key"),
        "OAUTH_CLIENT_ID": secret("oauth", "client_id"),
        "OAUTH_CLIENT_SECRET": secret("oauth", "client_secret"),
    }
    plain = {
        "ENVIRONMENT": where.name.value,
        "LOG_LEVEL": "INFO",
        "DATA_BUCKET": where.data_bucket,
        "APP_REVISION": revision,
    }
    relays = [
        {
            "name": f"{kind}-log",
            "image": image,
            "command": ["python", "-m", "app.log_relay", kind],
            "essential": False,
            "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
            "stopTimeout": 30,
            "logConfiguration": to_log_group(where, group),
        }
        for kind, group in where.log_groups.items()
        if kind != "application"
    ]
    answer = aws.ecs.register_task_definition(
        family=where.family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="1024",
        executionRoleArn=foundation.execution_role,
        taskRoleArn=foundation.task_role,
        containerDefinitions=[
            {
                "name": where.container,
                "image": image,
                "essential": True,
                "portMappings": [{"containerPort": where.container_port, "protocol": "tcp"}],
                "environment": [{"name": name, "value": value} for name, value in plain.items()],
                "secrets": [{"name": name, "valueFrom": source} for name, source in injected.items()],
                "stopTimeout": 30,
                "dependsOn": [{"containerName": relay["name"], "condition": "START"} for relay in relays],
                "logConfiguration": to_log_group(where, where.log_group),
            },
            *relays,
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def to_log_group(where: Environment, group: str) -> dict[str, Any]:
    """Give a container's `logConfiguration`."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": group,
            "awslogs-region": where.region,
            "awslogs-stream-prefix": where.container,
        },
    }


def create_service(aws: Aws, foundation: Foundation, task_definition: str) -> str:
    """ECS CreateService. Gives the id of its first deployment."""
    where = aws.environment
    answer = aws.ecs.create_service(
        cluster=where.cluster,
        serviceName=where.service,
        taskDefinition=task_definition,
        desiredCount=DESIRED_TASKS,
        launchType="FARGATE",
        networkConfiguration=foundation.network,
        loadBalancers=[
            {
                "targetGroupArn": foundation.target_group,
                "containerName": where.container,
                "containerPort": where.container_port,
            }
        ],
        healthCheckGracePeriodSeconds=30,
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 150,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
    return str(answer["service"]["deployments"][0]["id"])


def named(resource: str, name: str) -> list[dict[str, Any]]:
    """Tag a new EC2 resource with its name."""
    return [{"ResourceType": resource, "Tags": [{"Key": "Name", "Value": name}]}]
