"""What moto is taught before the first request of a service: AWS behaviour it lacks and plain clients meet.

One module a service, each with a `teach()` that changes moto's classes. What it makes them remember they keep in
moto's own backends, so it is saved with moto's state.
"""

import importlib

MODULES = {
    "apigateway": "localcloud.lessons.apigateway",
    "application-autoscaling": "localcloud.lessons.autoscaling",
    "backup": "localcloud.lessons.backup",
    "budgets": "localcloud.lessons.budgets",
    "cloudformation": "localcloud.lessons.cloudformation",
    "dynamodb": "localcloud.lessons.dynamodb",
    "ec2": "localcloud.lessons.ec2",
    "elasticache": "localcloud.lessons.elasticache",
    "elasticloadbalancing": "localcloud.lessons.elasticloadbalancing",
    "events": "localcloud.lessons.events",
    "iam": "localcloud.lessons.iam",
    "kms": "localcloud.lessons.kms",
    "monitoring": "localcloud.lessons.cloudwatch",
    "rds": "localcloud.lessons.rds",
    "route53": "localcloud.lessons.route53",
    "s3": "localcloud.lessons.s3",
    "secretsmanager": "localcloud.lessons.secretsmanager",
    "ses": "localcloud.lessons.ses",
    "ssm": "localcloud.lessons.ssm",
}
"""Signing name -> module; imported, and moto's part with it, only when the service is asked for something."""

_taught: set[str] = set()


def teach(service: str) -> None:
    """Before a request of this service, in moto's thread. Once in a process: moto's classes are global."""
    if service in MODULES and service not in _taught:
        importlib.import_module(MODULES[service]).teach()
        _taught.add(service)
