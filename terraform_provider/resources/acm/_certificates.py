"""Certificates as ACM describes them."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of

GONE = ("ResourceNotFoundException",)
AMAZON_ISSUED = "AMAZON_ISSUED"
PENDING = "PENDING_VALIDATION"
TIMED_OUT = "VALIDATION_TIMED_OUT"
"""A certificate that nobody validated in time counts as missing."""


def described(aws: Aws, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    return found


def status(aws: Aws, arn: str) -> str:
    """Return its status; empty: there is none."""
    try:
        return str(described(aws, arn)["Status"])
    except ClientError as exc:
        if code_of(exc) in GONE:
            return ""
        raise


def time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
