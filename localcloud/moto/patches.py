"""Patches moto before the first request of a service: AWS behaviour that it lacks and that ordinary clients need.

There is one module per service, with a `patch()` that changes moto's classes. Additional data is stored in moto's own
backends, so it is saved with moto's state.
"""

import importlib
import sys

MODULES = {
    "acm": "localcloud.moto_only.acm",
    "apigateway": "localcloud.apigateway.moto_patches",
    "application-autoscaling": "localcloud.autoscaling.moto_patches",
    "backup": "localcloud.moto_only.backup.moto_patches",
    "budgets": "localcloud.moto_only.budgets",
    "cloudformation": "localcloud.moto_only.cloudformation",
    "dynamodb": "localcloud.moto_only.dynamodb",
    "ec2": "localcloud.ec2.moto_patches",
    "ecr": "localcloud.moto_only.ecr",
    "elasticache": "localcloud.elasticache.moto_patches",
    "elasticloadbalancing": "localcloud.elb.moto_patches",
    "events": "localcloud.moto_only.events.moto_patches",
    "iam": "localcloud.moto_only.iam.moto_patches",
    "kms": "localcloud.moto_only.kms.moto_patches",
    "monitoring": "localcloud.cloudwatch.moto_patches.service",
    "rds": "localcloud.rds.moto_patches.service",
    "route53": "localcloud.moto_only.route53",
    "s3": "localcloud.moto_only.s3.moto_patches",
    "secretsmanager": "localcloud.moto_only.secretsmanager",
    "ses": "localcloud.moto_only.ses.moto_patches",
    "sns": "localcloud.moto_only.sns.moto_patches",
    "sqs": "localcloud.moto_only.sqs",
    "ssm": "localcloud.moto_only.ssm",
    "wafv2": "localcloud.moto_only.wafv2",
}
"""Signing name -> module. Each is imported, together with moto's part, at the service's first request."""

PACKAGES = {
    "application-autoscaling": "applicationautoscaling",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "ses": "sesv2",
}
"""Signing name -> moto's package, where they differ."""

_patched: set[str] = set()


def patch_loaded() -> None:
    """Patch services that loading stored state has imported: others may use them before their own first request."""
    for service in MODULES:
        if f"moto.{PACKAGES.get(service, service)}.models" in sys.modules:
            patch(service)


def patch(service: str) -> None:
    """Patch the service, once per process: moto's classes are global. Call in moto's thread before its requests."""
    if service in MODULES and service not in _patched:
        importlib.import_module(MODULES[service]).patch()
        _patched.add(service)
