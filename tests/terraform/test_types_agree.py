"""The stand-in leaves the state that the real provider leaves, and each accepts the other's."""

from pathlib import Path

import pytest

from tests.integration.terraform_provider.apigateway.test_http_api_types import CHANGED
from tests.integration.terraform_provider.route53.test_name_types import CHANGED as CHANGED_NAMES
from tests.terraform.side_by_side import side_by_side

pytestmark = pytest.mark.full
HTTPS_OUT = """egress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
    description = "HTTPS"
  }"""
CASES = Path(__file__).parents[1] / "integration" / "terraform_provider"
SERVICE = ("ecs/service.tf",)
# Name -> the files, and the steps: texts that are replaced in them before the next apply.
WORLDS: dict[str, tuple[tuple[str, ...], list[dict[str, str]]]] = {
    "networks": (
        ("ec2/network.tf",),
        [
            {
                'tags                 = { Name = "network" }': 'tags                 = { Name = "other" }',
                "enable_dns_hostnames = true": "enable_dns_hostnames = false",
                "enable_dns_support                   = false": "enable_dns_support                   = true",
                'tags   = { Name = "closed" }': HTTPS_OUT,
                "self      = true": 'cidr_blocks = ["10.0.0.0/8"]',
                "assign_ipv6_address_on_creation             = true": "assign_ipv6_address_on_creation = false",
                "map_public_ip_on_launch = false": "map_public_ip_on_launch = true",
                'tags = { Name = "loose" }': "vpc_id = aws_vpc.ipv6.id",
                "= aws_route_table.public.id\n  subnet_id": "= aws_route_table.other.id\n  subnet_id",
                "nat_gateway_id = aws_nat_gateway.private.id": "gateway_id = aws_internet_gateway.this.id",
                "nat_gateway_id         = aws_nat_gateway.this.id": "nat_gateway_id = aws_nat_gateway.private.id",
            }
        ],
    ),
    "backups": (
        ("backup/backup.tf",),
        [
            {
                "delete_after = 35": "delete_after = 30",
                "completion_window = 240": "completion_window = 300",
                "schedule                 =": "start_window = 120\n    schedule =",
                'WindowsVSS = "enabled"': 'WindowsVSS = "disabled"',
                'tags = { Name = "spend" }': 'tags = { Name = "plan" }',
                'name         = "data"': 'name         = "files"',
            }
        ],
    ),
    "load balancers": (
        ("elb/balancing.tf",),
        [
            {
                "idle_timeout               = 60": "idle_timeout               = 30",
                "interval            = 30": "interval            = 10",
                "deregistration_delay = 30": "deregistration_delay = 5",
                'status_code = "HTTP_302"': 'status_code = "HTTP_301"',
                "weight = 0": "weight = 10",
                "priority     = 100": "priority     = 200",
                '{ Name = "production" }': '{ Name = "clients" }',
                "TLS13-1-2-2021-06": "TLS13-1-3-2021-06",
                'prefix  = "alb"': 'prefix  = "balancer"',
            }
        ],
    ),
    "roles": (
        ("iam/roles.tf",),
        [
            {
                '"s3:GetObject"': '"s3:PutObject"',
                'client_id_list  = ["sts.amazonaws.com"]': 'client_id_list  = ["one", "two"]',
                "6938fd4d98bab03faadb97b34396831e3780aea1": "1c58a3a8518e8759bf075b76b750d4f2df264fcd",
                'Name = "github"': 'Name = "jobs"',
                '"Balances"': '"Counts"',
            }
        ],
    ),
    "names": (("route53/names.tf",), [CHANGED_NAMES]),
    "HTTP APIs": (("apigateway/gateway.tf",), [CHANGED]),
    "kept and watched": (
        ("secretsmanager/secrets.tf", "cloudwatch/watching.tf"),
        [
            {
                "Password of the mail server": "Password",
                '["secretsmanager:GetSecretValue"]': '["secretsmanager:PutSecretValue"]',
                "us-east-1": "us-west-2",
                '{ image = "none" }': '{ image = "one" }',
                'value           = "first"': 'value           = "second"',
                '"1,2,3"': '"1,2"',
                '{ Name = "limits" }': '{ Name = "bounds" }',
                'default_value = "0"': 'default_value = "0.5"',
                "threshold                             = 1.5": "threshold                             = 2",
                '{ Name = "spend-slow" }': '{ Name = "slow" }',
                '"100 * failed / some"': '"failed / some"',
                "a < b & c": "a > b",
                'limit_amount = "100"': 'limit_amount = "120"',
                "FORECASTED = 100": "FORECASTED = 110",
                "include_tax = false": "include_tax = true",
                '{ Name = "spend" }': '{ Name = "budget" }',
            }
        ],
    ),
    "network rules": (
        ("ec2/network_rules.tf",),
        [
            {
                'description                  = "Clients"': 'description                  = "Others"',
                "subnet_ids = [var.subnet_a]": "subnet_ids = [var.subnet_b]",
                "subnet_ids          = [var.subnet_a, var.subnet_b]": "subnet_ids          = [var.subnet_a]",
                '"logs:PutLogEvents"': '"logs:*"',
                'tags                     = { Name = "flow" }': 'tags                     = { Name = "flows" }',
                "100 = 443": "100 = 444",
            }
        ],
    ),
    "notifications": (
        ("sns/notifications.tf",),
        [
            {
                'Sid = "Events"': 'Sid = "EventRules"',
                'severity = ["high"]': 'severity = ["high", "low"]',
                "raw_message_delivery = true": "raw_message_delivery = false",
                '"ECS gave up on a deployment."': '"ECS gave up."',
                'state         = "DISABLED"': 'state         = "ENABLED"',
                "maximum_retry_attempts       = 5": "maximum_retry_attempts       = 6",
            }
        ],
    ),
    "firewall": (
        ("wafv2/firewall.tf",),
        [
            {
                '"10.0.1.0/24"': '"10.0.2.0/24"',
                'name = "authorization"': 'name = "cookie"',
                '{ Name = "firewall" }': "{}",
            }
        ],
    ),
    "images": (("ecr/repository.tf",), [{'"IMMUTABLE"': '"MUTABLE"', "countNumber = 100": "countNumber = 50"}]),
    "keys": (
        ("kms/keys.tf",),
        [
            {
                "data at rest": "all data at rest",
                '["kms:*"]': '["kms:*", "kms:Describe*"]',
                '{ Name = "data" }': '{ Name = "rest" }',
                "is_enabled               = false": "is_enabled               = true",
                "rotation_period_in_days = 180": "rotation_period_in_days = 90",
                "target_key_id = aws_kms_key.this.key_id": "target_key_id = aws_kms_key.rotated.key_id",
            },
            {
                "enable_key_rotation     = true\n  rotation_period_in_days = 90": "enable_key_rotation     = false",
                "is_enabled               = true": "is_enabled               = false",
            },
        ],
    ),
    "buckets": (
        ("s3/buckets.tf",),
        [
            {
                '{ Name = "spend-data" }': '{ Name = "data" }',
                "BucketOwnerPreferred": "ObjectWriter",
                "ignore_public_acls  = true": "restrict_public_buckets = true",
                '"Enabled"\n    mfa_delete = "Disabled"': '"Suspended"\n    mfa_delete = "Disabled"',
                "bucket_key_enabled = true": "bucket_key_enabled = false",
                "days = 365": "days = 400",
                '"https://app.example.com"': '"https://web.example.com"',
                'target_prefix = "s3/spend-data/"': 'target_prefix = "s3/"',
                '"EventTime"': '"DeliveryTime"',
                '"STANDARD_IA"\n      encryption': '"STANDARD"\n      encryption',
                'Sid       = "Logs"': 'Sid       = "AccessLogs"',
            }
        ],
    ),
    "buckets with deprecated arguments": (
        ("s3/old_buckets.tf",),
        [
            {
                "# grants": """grant {
    type        = "Group"
    uri         = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    permissions = ["WRITE", "READ_ACP"]
  }""",
                'request_payer       = "Requester"': 'request_payer       = "BucketOwner"',
                'acceleration_status = "Enabled"': 'acceleration_status = "Suspended"',
                "max_age_seconds = 60": "max_age_seconds = 90",
                '"error.html"': '"404.html"',
                "days = 90": "days = 120",
                'target_prefix = "old/"': 'target_prefix = "older/"',
                'status = "Enabled"\n      filter': 'status = "Disabled"\n      filter',
                "days = 7\n      }": "days = 8\n      }",
                '{ Name = "old" }': "{}",
                "s3:GetObject": "s3:PutObject",
            }
        ],
    ),
    "tables": (
        ("dynamodb/tables.tf",),
        [
            {
                "deletion_protection_enabled = true": "deletion_protection_enabled = false",
                "read_capacity    = 2": "read_capacity    = 4",
                '"NEW_IMAGE"': '"KEYS_ONLY"',
                'name            = "all-by-kind"': 'name            = "by-kind-and-time"',
                '{ Name = "locks" }': "{}",
                'name         = "plain"\n  billing_mode = "PAY_PER_REQUEST"': (
                    'name         = "plain"\n  read_capacity = 1\n  write_capacity = 1'
                ),
                "point_in_time_recovery { enabled = true }": (
                    "point_in_time_recovery {\n    enabled                 = true\n    recovery_period_in_days = 7\n  }"
                ),
            },
            {"kms_key_arn = aws_kms_key.tables.arn": "", "enabled        = true": "enabled        = false"},
        ],
    ),
    "services": (
        SERVICE,
        [
            {
                "health_check_grace_period_seconds  = 60": "health_check_grace_period_seconds  = 90",
                'value = "enabled"': 'value = "disabled"',
                "weight            = 1\n": "weight            = 2\n",
                'name = "A", value = "1"': 'name = "A", value = "other"',
                'tags = { Name = "app" }': 'tags = { Name = "web" }',
            }
        ],
    ),
    "databases": (
        ("rds/database.tf",),
        [
            {
                "max_allocated_storage                 = 100": "max_allocated_storage                 = 200",
                "multi_az                              = true": "multi_az                              = false",
                "deletion_protection                   = true": "deletion_protection                   = false",
                'backup_window                         = "09:00': 'backup_window                         = "08:00',
                '["postgresql", "upgrade"]': '["postgresql"]',
                'Name = "spend"': 'Name = "database"',
            }
        ],
    ),
    "caches": (
        ("elasticache/groups.tf", "elasticache/cache.tf"),
        [
            {
                'description                = "Cache"': 'description                = "Changed"',
                "snapshot_retention_limit   = 7": "snapshot_retention_limit   = 3",
                '"08:00-09:00"': '"07:00-08:00"',
                '{ slow-log = "slow", engine-log = "engine" }': '{ slow-log = "other" }',
                '"not-a-secret-token"': '"another-secret-token"',
                'Name = "spend"': 'Name = "cache"',
            }
        ],
    ),
    "groups of databases and caches": (
        ("rds/groups.tf", "elasticache/groups.tf"),
        [
            {
                'log_temp_files = "10240"': 'log_temp_files = "20480"',
                'log_statement = "ddl", ': "",
                'timeout = "900"': '"slowlog-log-slower-than" = "10000"',
                '"Private data subnets"': '"Private"',
                'Name = "spend"': 'Name = "changed"',
            }
        ],
    ),
    "scaling": (
        (*SERVICE, "autoscaling/scaling.tf"),
        [
            {
                "max_capacity       = 10": "max_capacity       = 8",
                "target_value       = 70": "target_value       = 50",
                "scaling_adjustment          = each.value": "scaling_adjustment          = 2 * each.value",
                "cron(0 7": "cron(0 6",
            }
        ],
    ),
}


@pytest.mark.parametrize("world", WORLDS)
async def test_both_leave_the_same_state_and_accept_each_others(world: str, tmp_path: Path) -> None:
    files, steps = WORLDS[world]
    hcl = "\n".join((CASES / file).read_text() for file in files)
    async with side_by_side(tmp_path) as sides:
        for changes in ({}, *steps):
            for old, new in changes.items():
                assert old in hcl
                hcl = hcl.replace(old, new)
            await sides.apply(hcl)
            assert await sides.differences() == []
            assert await sides.plans_on_the_other_state() == {"the real provider": {}, "the stand-in": {}}
        await sides.destroy()
        assert await sides.differences() == []
