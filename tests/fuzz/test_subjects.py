"""Services with operations of our own are fuzzed, or a reason is given."""

import re
from pathlib import Path

from localcloud.endpoint.checks import indirect_creation, passed_to_moto
from localcloud.endpoint.model_check import checks
from localcloud.moto import patches
from localcloud.protocol.service_models import MODELS
from tests import overlays
from tests.fuzz.test_operations import ALL

NOT_FUZZED = {
    "cloudformation": "what it may make is a rule over templates: test_indirect_creation.py",
    "apigateway": "REST APIs, which are moto's and nothing here",
    "lambda": "kept by moto and never run: test_indirect_creation.py",
    "batch": "refused as a whole: test_indirect_creation.py",
    "autoscaling": "EC2's groups, which are moto's and nothing here",
    "resourcegroupstaggingapi": "tags of moto's records; those of ECS are refused: test_indirect_creation.py",
    "eventbridgev2": "signed as EventBridge, unknown to moto",
    "elb": "Classic Load Balancers are refused: test_indirect_creation.py",
    "neptune": "signed as RDS, whose operations it shares",
    "ses": "its ways of sending are refused, the rest is moto's records: test_mail.py",
    "sesv2": "sending is kept as files, and identities are moto's records: test_mail.py",
    "mailmanager": "signed as SES, unknown to moto",
    "dynamodbstreams": "signed as DynamoDB; no table here has a stream",
    "sqs": "moto's queues; who their policies name is checked: test_policy_principals.py",
    "docdb": "signed as RDS, whose operations it shares",
}
OF_TERRAFORM = re.compile(r"""resource "aws_(\w+?)_""")
BY_RESOURCE = {"dynamodb": "dynamodb", "wafv2": "wafv2", "route53": "route53", "sns": "sns", "s3": "s3", "iam": "iam"}
"""Word of Terraform's resources -> botocore's name, of services whose resources begin with it."""


def _of_terraform() -> set[str]:
    words = {word for path in Path("infrastructure").rglob("*.tf") for word in OF_TERRAFORM.findall(path.read_text())}
    return {name for word, name in BY_RESOURCE.items() if word in words}


def test_every_service_that_is_answered_here_is_fuzzed_or_named() -> None:
    signing = {*overlays.names(), *checks(), *patches.MODULES, *indirect_creation.RULES}
    named = {name for each in signing for name in MODELS.get(each, (each,))}
    named |= passed_to_moto.PASSED.keys() | _of_terraform()
    fuzzed = {subject.service for subject in ALL}
    assert named - fuzzed == NOT_FUZZED.keys()
    assert fuzzed - named == set(), "no longer answered"


def test_every_subject_is_fuzzed_once() -> None:
    names = [subject.service for subject in ALL]
    assert len(set(names)) == len(names)
