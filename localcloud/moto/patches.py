"""What moto is taught before the first request of a service: AWS behaviour it lacks and plain clients meet.

One module a service, each with a `patch()` that changes moto's classes. What it makes them remember they keep in
moto's own backends, so it is saved with moto's state.
"""

import importlib

MODULES = {
    "apigateway": "localcloud.apigateway.moto_patches",
    "application-autoscaling": "localcloud.autoscaling.moto_patches",
    "backup": "localcloud.moto_only.backup",
    "budgets": "localcloud.moto_only.budgets",
    "cloudformation": "localcloud.moto_only.cloudformation",
    "dynamodb": "localcloud.moto_only.dynamodb",
    "ec2": "localcloud.moto_only.ec2",
    "elasticache": "localcloud.elasticache.moto_patches",
    "elasticloadbalancing": "localcloud.elb.moto_patches",
    "events": "localcloud.moto_only.events",
    "iam": "localcloud.moto_only.iam",
    "kms": "localcloud.moto_only.kms",
    "monitoring": "localcloud.cloudwatch.moto_patches.service",
    "rds": "localcloud.rds.moto_patches.service",
    "route53": "localcloud.moto_only.route53",
    "s3": "localcloud.moto_only.s3",
    "secretsmanager": "localcloud.moto_only.secretsmanager",
    "ses": "localcloud.moto_only.ses",
    "ssm": "localcloud.moto_only.ssm",
}
"""Signing name -> module; imported, and moto's part with it, only when the service is asked for something."""

_patched: set[str] = set()


def patch(service: str) -> None:
    """Before a request of this service, in moto's thread. Once in a process: moto's classes are global."""
    if service in MODULES and service not in _patched:
        importlib.import_module(MODULES[service]).patch()
        _patched.add(service)
