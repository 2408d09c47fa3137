"""Values of variables that the rules refuse, alone or together, and right ones: data."""

import json

from tests.terraform.planning import CERTIFICATE

# What an environment's file must say, as dev says it.
COMPLETE = {
    "environment": "dev",
    "ecs_cpu": "512",
    "ecs_memory": "1024",
    "min_capacity": "1",
    "max_capacity": "2",
    "db_instance_class": "db.t4g.micro",
    "redis_node_type": "cache.t4g.micro",
    "multi_az": "false",
    "deletion_protection": "false",
}
PROD = {"environment": "prod", "min_capacity": "2", "max_capacity": "10", "deletion_protection": "true"}
CERTIFIED = {
    **PROD,
    "certificate_arn": CERTIFICATE.partition("=")[2],
    "public_url": "https://api.example.com",
    "alarm_email": "oncall@example.com",
}
SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret:a/long/name/of/a/vendor"
REQUIRED = sorted(COMPLETE.keys() - {"multi_az", "deletion_protection"})


def schedule(expression: str, time_zone: str = "UTC") -> str:
    return f'{{a={{schedule="{expression}",time_zone="{time_zone}",min_capacity=1,max_capacity=2}}}}'


# A wrong value of one variable, and what its message must say.
WRONG: list[tuple[str, str, str]] = [
    ("environment", "production", "environment must be dev, staging, prod or local"),
    ("aws_region", "us-west-1a", "aws_region must be a region's code such as us-west-1, not a zone"),
    ("owner_id", "Jane", "write jane or team-a, not Jane or team_a"),
    ("owner_id", "team_a", "write jane or team-a, not Jane or team_a"),
    ("owner_id", "jane-", "single hyphens between them"),
    ("owner_id", "1st", "begin with a letter"),
    ("owner_id", "abcdefghijklmnopq", "at most 16 characters"),
    ("vpc_cidr", "10.1.0.0", "must be an IPv4 range in CIDR notation, such as 10.1.0.0/16"),
    ("vpc_cidr", "10.1.0.0/24", "vpc_cidr is too small"),
    ("vpc_cidr", "10.0.0.0/8", "use /16 to /22"),
    ("vpc_cidr", "10.1.0.1/16", "must be a network address"),
    ("vpc_cidr", "54.1.0.0/16", "must be a private range"),
    ("vpc_cidr", "172.32.0.0/16", "must be a private range"),
    ("ecs_cpu", "500", "ecs_cpu must be 256, 512, 1024"),
    ("ecs_memory", "1000", "whole GiB written in MiB"),
    ("min_capacity", "0", "min_capacity must be a whole number from 1"),
    ("max_capacity", "2.5", "max_capacity must be a whole number from 1"),
    ("db_instance_class", "t4g.micro", "must be an RDS class such as db.t4g.micro"),
    ("db_engine_version", "17.5", "must be a release of PostgreSQL 16"),
    ("db_engine_version", "16.5", "RDS withdrew 16.5 to 16.8 in May 2026"),
    ("db_engine_version", "16.8", "from 16.9 on, such as 16.10"),
    ("db_engine_version", "16", "such as 16.10"),
    ("db_backup_window", "9:00-10:00", "as hh:mm-hh:mm, such as 09:00-10:00"),
    ("db_maintenance_window", "10:30-11:30", "such as sun:10:30-sun:11:30"),
    ("redis_node_type", "db.t4g.micro", "must be an ElastiCache type such as cache.t4g.micro"),
    ("nat_gateways", "two", "must be single (one for all zones) or per_az"),
    ("scaling_mode", "auto", "must be target_tracking or step"),
    ("deployment_strategy", "blue_green", "in capitals, as ECS writes them"),
    ("certificate_arn", "my-certificate", "must be the ARN of an ACM certificate"),
    ("log_level", "debug", "must be DEBUG, INFO, WARNING or ERROR"),
    ("alarm_email", "oncall", "must be an e-mail address"),
    ("github_repository", "spendsense", "must be owner/name as GitHub spells it"),
    ("allowed_account_ids", '["1234"]', "must be account ids of 12 digits"),
    ("github_ref", "main", "such as refs/heads/main"),
    ("github_ref", "refs/heads/*", "a full ref without wildcards"),
    ("deployers", '["arn:aws:iam::123456789012:user/*"]', "IAM roles or users without wildcards"),
    ("operators", '["arn:aws:iam::123456789012:role/*"]', "IAM roles or users without wildcards"),
    ("recovery_operators", '["jane"]', "IAM roles or users without wildcards"),
    ("extra_tags", '{"aws:team"="a"}', "not beginning with aws:"),
    ("extra_tags", '{project="a"}', "must not override project, environment"),
    ("permissions_boundary_arn", "boundary", "must be the ARN of an IAM policy"),
    ("image_readers", '["123456789012"]', "must be ARNs of roles"),
    ("promoted_from", "spendsense-backend", "must be the ARN of a repository"),
    ("log_retention_days", "31", "must be one of the values that CloudWatch accepts"),
    ("alarm_thresholds", "{cpu_percent=101}", "percentages at most 100"),
    ("alarm_thresholds", "{error_rate_percent=6}", "must not be below error_rate_percent"),
    ("monthly_budget_usd", "0", "an amount above 0, in US dollars"),
    ("extra_environment", '{lower="a"}', "names must consist of capital letters, digits and underscores"),
    ("extra_environment", '{MAX_TASKS="3"}', "must not override what this Terraform sets itself"),
    ("extra_secrets", '{KEY="secret"}', "with :key:: appended for one JSON key"),
    ("extra_secrets", '{REDIS_URL="arn:aws:ssm:us-west-1:123456789012:parameter/r"}', "fills these"),
    (
        "extra_secrets",
        '{DATA_BUCKET="arn:aws:ssm:us-west-1:123456789012:parameter/b"}',
        "must not name a variable that this",
    ),
    ("extra_secret_kms_key_arns", '["alias/key"]', "must be ARNs of keys"),
    # Wildcards and spaces: AWS refuses them, or takes them for more than was meant.
    ("certificate_arn", "arn:aws:acm:us-west-1:123456789012:certificate/*", "must be the ARN of an ACM certificate"),
    ("permissions_boundary_arn", "arn:aws:iam::123456789012:policy/b*", "must be the ARN of an IAM policy"),
    ("image_readers", '["arn:aws:iam::123456789012:role/*"]', "must be ARNs of roles"),
    ("promoted_from", "arn:aws:ecr:us-west-1:123456789012:repository/*", "must be the ARN of a repository"),
    ("deployers", '["arn:aws:iam::123456789012:role/on call"]', "IAM roles or users without wildcards"),
    ("extra_secret_kms_key_arns", '["arn:aws:kms:us-west-1:123456789012:key/*"]', "must be ARNs of keys"),
    (
        "extra_secrets",
        '{KEY="arn:aws:secretsmanager:us-west-1:123456789012:secret:vendor*"}',
        "with :key:: appended for one JSON key",
    ),
    (
        "extra_secrets",
        '{KEY="arn:aws:secretsmanager:us-west-1:123456789012:secret:vendor-AbCdEf:key:AWSPREVIOUS:version"}',
        "with :key:: appended for one JSON key",
    ),
    ("extra_secrets", '{KEY="arn:aws:ssm:us-west-1:123456789012:parameter/*"}', "or the ARN of an SSM parameter"),
    ("extra_environment", "{KEY=null}", "a value is null"),
    ("extra_tags", '{team="aws:a"}', "must not begin with aws:"),
    ("alarm_thresholds", "{latency_minutes=1441}", "at most 1440: CloudWatch evaluates a day at most"),
    ("alarm_thresholds", "{latency_minutes=2.5}", "latency_minutes must be a whole number"),
    ("api_gateway_throttle", "{rate_per_second=5,burst=2.5}", "burst a whole number from 1 to 5000"),
    ("api_gateway_throttle", "{rate_per_second=null,burst=2}", "rate_per_second must be 1 to 10000"),
    ("github_repository_ids", "{owner=1.5,repository=2}", "must be the two ids, whole numbers"),
    ("cpu_architecture", "arm64", "must be X86_64 or ARM64"),
    ("spot_percent", "50.5", "a whole number from 0 to 100"),
    ("scheduled_scaling", '{a={schedule="daily",min_capacity=1,max_capacity=2}}', "schedules must look like cron(0 7"),
    (
        "scheduled_scaling",
        '{a={schedule="rate(1 day)",min_capacity=3,max_capacity=2}}',
        "max_capacity between min_capacity and 100",
    ),
    (
        "scheduled_scaling",
        '{a={schedule="rate(1 day)",min_capacity=1.5,max_capacity=2}}',
        "both whole numbers",
    ),
    ("schedule_in_force", "Morning", "must be a name in scheduled_scaling"),
    ("replica_vpc_cidr", "10.2.0.1/20", "must be a network address"),
    ("replica_vpc_cidr", "11.2.0.0/20", "must be a private range"),
    ("db_storage", '{type="standard"}', "must be gp3, io1 or io2"),
    ("db_storage", "{size_gib=10}", "20 or more with gp3"),
    ("db_storage", "{size_gib=100}", "at least 26 % above size_gib"),
    ("db_storage", "{iops=12000}", "can be set from 400 GiB on"),
    ("db_storage", '{type="io2",size_gib=100,max_size_gib=200}', "io1 and io2 need iops"),
    ("db_storage", "{size_gib=400,max_size_gib=600,throughput_mib_s=200}", "must be 500 to 4000 MiB/s"),
    ("db_storage", "{size_gib=60000,max_size_gib=76000}", "must be 65536 at most"),
    ("db_storage", "{size_gib=20.5}", "must be whole numbers"),
    ("db_storage", '{type="io1",size_gib=100,max_size_gib=200,iops=5001}', "50 times with io1"),
    ("db_storage", '{type="io1",size_gib=4000,max_size_gib=8000,iops=1999}', "at least half of size_gib"),
    ("db_storage", "{size_gib=400,max_size_gib=600,throughput_mib_s=3001}", "at most a quarter of iops"),
    ("db_storage", "{size_gib=400,max_size_gib=600,iops=14000,throughput_mib_s=4000}", "at most a quarter of iops"),
    ("hosted_zone_id", "example.com", "the id of a Route 53 zone"),
    ("availability_zone_count", "4", "must be 2 or 3"),
    ("availability_zones", '["us-west-1a"]', "two or three different zones"),
    ("replica_availability_zones", '["us-west-2a"]', "two different zones of replica_region"),
    ("test_listener_cidrs", '["0.0.0.0/0"]', "not 0.0.0.0/0"),
    ("test_listener_cidrs", '["203.0.113.7/24"]', "all bits after the prefix must be zero"),
    (
        "test_listener_cidrs",
        json.dumps([f"203.0.113.{host}/32" for host in range(59)]),
        "has 59 ranges, of which 58 fit",
    ),
    ("listener_port", "65535", "a whole number from 1 to 65534"),
    ("public_url", "https://api..example.com", "scheme and host without a path"),
    ("public_url", "https://-api.example.com", "scheme and host without a path"),
    ("public_url", f"https://{'a' * 64}.example.com", "scheme and host without a path"),
    ("redis_node_type", "cache.r6gd.xlarge", "requires data tiering"),
    ("redis_node_type", "cache.m1.small", "do not encrypt"),
    ("extra_tags", '{team="a,b"}', "IAM refuses others, such as commas"),
    ("extra_tags", '{Team="a",team="b"}', "must differ in more than their case"),
    ("extra_tags", '{Project="a"}', "must not override project, environment"),
    *(
        ("scheduled_scaling", schedule(expression), fix)
        for expression, fix in (
            ("cron(60 7 ? * MON *)", "each in its range"),
            ("cron(0 24 ? * MON *)", "each in its range"),
            ("cron(0 7 * * * *)", "exactly one of the two days is ?"),
            ("cron(0 7 ? * ? *)", "exactly one of the two days is ?"),
            ("cron(0 7 32 * ? *)", "exactly one of the two days is ?"),
            ("cron(0 7 ? 13 MON *)", "each in its range"),
            ("cron(0 7 ? * 8 *)", "exactly one of the two days is ?"),
            ("cron(0 7 ? * MON 20)", "each in its range"),
            ("rate(0 days)", "AWS refuses rate(0 days)"),
            ("rate(1 days)", "AWS refuses rate(0 days), rate(1 days)"),
            ("rate(2 day)", "and rate(2 day)"),
            ("at(2026-02-30T07:00:00)", "must be a moment that exists"),
        )
    ),
    ("scheduled_scaling", schedule("rate(1 day)", "PST"), "not an abbreviation such as PST"),
]
# Values that are right alone and wrong together; those of one row are told in one plan.
TOGETHER = [
    (
        {
            "allowed_account_ids": '["123456789012"]',
            "certificate_arn": CERTIFICATE.partition("=")[2].replace("123456789012", "210987654321"),
            "permissions_boundary_arn": "arn:aws:iam::210987654321:policy/boundary",
            "github_oidc_provider_arn": ("arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com"),
        },
        [
            "certificate_arn, github_oidc_provider_arn, permissions_boundary_arn: of another account than "
            "allowed_account_ids (123456789012)"
        ],
    ),
    (
        {"hosted_zone_id": "Z2FDTNDATAQYW2", "public_url": "https://api.example.com", "api_gateway_enabled": "true"},
        ["which the internet does not reach behind an API Gateway. Set load_balancer_open = true"],
    ),
    (
        {
            "min_capacity": "3",
            "ecs_cpu": "1024",
            "ecs_memory": "1024",
            "github_repository": "acme/spendsense",
            "replica_region": "us-west-1",
            "oidc_issuer": "https://login.example.com",
            "hosted_zone_id": "Z2FDTNDATAQYW2",
            "monthly_budget_usd": "100",
            "extra_environment": '{KEY="a"}',
            "extra_secrets": '{KEY="arn:aws:ssm:us-west-1:123456789012:parameter/key"}',
            "scheduled_scaling": '{a={schedule="rate(1 day)",min_capacity=1,max_capacity=9}}',
            "db_backup_window": "10:00-11:00",
            "db_maintenance_window": "wed:10:59-wed:11:59",
            "api_gateway_enabled": "true",
            "allowed_hosts": '["api.example.com"]',
        },
        [
            "min_capacity (3) is above max_capacity (2); lower one or raise the other",
            "hosted_zone_id requires public_url",
            "monthly_budget_usd requires alarm_email",
            "extra_environment and extra_secrets both set KEY",
            "scheduled_scaling: max_capacity must not be above the variable max_capacity (2)",
            "with ecs_cpu = 1024, ecs_memory may be 2048 to 8192",
            "github_repository and github_repository_ids must be set together",
            "must differ from aws_region",
            "oidc_issuer requires public_url",
            "allowed_hosts with api_gateway_enabled requires public_url",
            "db_backup_window (10:00-11:00) must not overlap db_maintenance_window (wed:10:59-wed:11:59)",
        ],
    ),
    (
        {
            "oidc_issuer": "https://login.example.com",
            "public_url": "https://api.example.com",
            "load_balancer_open": "false",
            "read_replica_enabled": "true",
            "replica_vpc_cidr": "10.1.240.0/20",
        },
        [
            "replica_vpc_cidr (10.1.240.0/20) must not overlap vpc_cidr (10.1.0.0/16)",
            "nothing serves HTTPS: set certificate_arn, hosted_zone_id or api_gateway_enabled",
            "load_balancer_open = false requires api_gateway_enabled",
        ],
    ),
    (
        {
            **PROD,
            "min_capacity": "1",
            "deletion_protection": "false",
            "ecs_cpu": "8192",
            "ecs_memory": "17408",
            "db_backup_window": "10:00-10:20",
            "db_maintenance_window": "sun:12:00-mon:00:30",
            "availability_zones": '["eu-west-1a","us-west-1b"]',
            "replica_availability_zones": '["us-west-2a","us-west-2-lax-1a"]',
        },
        [
            "availability_zones must be zones of aws_region, such as us-west-1a",
            "replica_availability_zones must be zones of replica_region, such as us-west-2a",
            "must each last at least 30 minutes",
            "must together last at most 12 hours",
            "certificate_arn is required in prod",
            "alarm_email is required in prod",
            "public_url is required in prod",
            "deletion_protection must stay on in prod",
            "key_deletion_protection must stay on in prod",
            "min_capacity must be 2 or more in prod",
            "Fargate does not offer 8192 CPU units with 17408 MiB",
        ],
    ),
    (
        {
            "certificate_arn": CERTIFICATE.partition("=")[2].replace("us-west-1", "us-east-1"),
            "hosted_zone_id": "Z2FDTNDATAQYW2",
            "public_url": f"https://{'a' * 53}.example.com",
            "extra_secrets": json.dumps({f"KEY_{number}": f"{SECRET}-{number}-AbCdEf" for number in range(100)}),
        },
        [
            "of which 7000 fit into the execution role's policy. Put several values into one secret",
            "certificate_arn is of another region than aws_region (us-west-1)",
            "public_url's host has more than 64 characters",
        ],
    ),
]
RIGHT = [
    # A hundred keys of one secret are one ARN in the role's policy.
    {"extra_secrets": json.dumps({f"KEY_{number}": f"{SECRET}-AbCdEf:key-{number}::" for number in range(100)})},
    {"extra_secrets": json.dumps({"A": f"{SECRET}-AbCdEf:key:AWSPREVIOUS:", "B": f"{SECRET}-AbCdEf:::1234-abcd"})},
    {"owner_id": "team-a-2", "vpc_cidr": "10.9.0.0/22"},
    CERTIFIED,
    {
        "hosted_zone_id": "Z2FDTNDATAQYW2",
        "public_url": "https://api.example.com",
        "api_gateway_enabled": "true",
        "load_balancer_open": "true",
        "db_storage": "{size_gib=400,max_size_gib=600,iops=16000,throughput_mib_s=4000}",
        "read_replica_enabled": "true",
        "vpc_cidr": "10.2.16.0/20",
    },
    *(
        {"scheduled_scaling": schedule(expression, "America/Argentina/Buenos_Aires")}
        for expression in (
            *("cron(0 7 ? * MON-FRI *)", "cron(*/15 8-18 ? JAN,7 2#1 2026-2030)", "cron(0 0 L * ? *)"),
            *(
                "cron(0 0 1,15W * ? *)",
                "cron(5/10 0/6 * 1/3 ? *)",
                "cron(0 23 ? * 6L *)",
                "rate(1 day)",
                "rate(12 hours)",
            ),
            "at(2028-02-29T07:00:00)",
        )
    ),
    {
        "test_listener_cidrs": '["203.0.113.0/24","198.51.100.7/32"]',
        "public_url": "https://a-1.b.example.com:8443",
        "certificate_arn": CERTIFICATE.partition("=")[2],
        "extra_tags": '{Team="Zahlung + Ärger"}',
    },
    {"vpc_cidr": "10.2.0.0/16", "db_storage": '{type="io2",size_gib=100,max_size_gib=200,iops=100000}'},
]
