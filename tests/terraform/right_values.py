"""Values of variables that the rules take: data."""

import json

from tests.terraform.planning import CERTIFICATE
from tests.terraform.wrong_values import CERTIFIED, SECRET, schedule

RIGHT = [
    # A hundred keys of one secret are one ARN in the role's policy.
    {"extra_secrets": json.dumps({f"KEY_{number}": f"{SECRET}-AbCdEf:key-{number}::" for number in range(100)})},
    {"extra_secrets": json.dumps({"A": f"{SECRET}-AbCdEf:key:AWSPREVIOUS:", "B": f"{SECRET}-AbCdEf:::1234-abcd"})},
    {"owner_id": "team-a-2", "vpc_cidr": "10.9.0.0/22"},
    {
        "aws_region": "us-gov-west-1",
        "operators": '["arn:aws-us-gov:iam::123456789012:role/a"]',
        "allowed_hosts": '["*.example.com","localhost","api-1.example.com"]',
        "cors_allowed_origins": '["http://localhost:3000","https://app.example.com:65535"]',
        "test_listener_cidrs": '["10.0.0.0/8"]',
        "extra_environment": json.dumps({"KEY": "x" * 39_000}),
    },
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
