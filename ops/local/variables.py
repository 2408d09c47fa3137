"""Terraform variables that differ on this machine: a file, written once."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import url_of
from ops.environment import EnvironmentName
from ops.errors import CouldNotApply, CouldNotStart
from ops.local.ports import LAST_PORT, checked_port, claim, is_free

NAME = "up.tfvars.json"
FIRST_PORT = {
    EnvironmentName.LOCAL: 8080,
    EnvironmentName.LIKE_DEV: 8180,
    EnvironmentName.LIKE_STAGING: 8280,
    EnvironmentName.LIKE_PROD: 8380,
}
"""Where the search for a port begins: several environments can run side by side."""
WITH_TLS = frozenset({"staging", "prod"})
"""Environments whose code demands a certificate."""
HOST = "spendsense.localhost"
NOT_BOUND = "cannot be bound"
"""Part of the local cloud's error for a listener's port that is in use."""
NOBODY = "nobody@spendsense.example"
Values = dict[str, Any]


def settle(aws: Aws, directory: Path, listener_port: int | None) -> Path:
    """Write the variables and return their file; an earlier run's choices stay. ACM RequestCertificate.

    Errors: CouldNotStart when the requested port is in use, or none is free.
    """
    path = directory / NAME
    before = _read(path)
    port = _port(aws.environment.name, before.get("listener_port"), listener_port)
    values: Values = {
        "listener_port": port,
        # An account, zones and a name that the environment's own file may pin are those of AWS.
        "allowed_account_ids": [],
        "availability_zones": [],
        "replica_availability_zones": [],
        "hosted_zone_id": None,
        # Whoever this account's IAM allows may assume the roles, as on AWS.
        "deployers": [_root(aws)],
        "operators": [_root(aws)],
        "recovery_operators": [_root(aws)],
    }
    if aws.environment.name.settings in WITH_TLS:
        values["certificate_arn"] = _certificate(aws, before.get("certificate_arn"))
        values["public_url"] = f"https://localhost:{port}"
        values["allowed_hosts"] = []
        values["alarm_email"] = NOBODY
    if values != before:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=2) + "\n")
    return path


def forget_lost_port(aws: Aws, directory: Path, error: CouldNotApply) -> bool:
    """After a failed apply, say whether the load balancer's port was in use; if so, the next `settle` chooses another.

    ELBv2 DescribeLoadBalancers, DescribeListeners.
    """
    path = directory / NAME
    values = _read(path)
    port = values.get("listener_port")
    if not isinstance(port, int) or url_of(aws) is not None:
        return False
    # The program that had the port when the listener was created may have ended since.
    if NOT_BOUND not in str(error) and is_free(port) and is_free(port + 1):
        return False
    del values["listener_port"]
    path.write_text(json.dumps(values, indent=2) + "\n")
    return True


def _root(aws: Aws) -> str:
    local = aws.environment.local
    assert local is not None  # noqa: S101 - only environments on this machine are set up
    return f"arn:aws:iam::{local.account_id}:root"


def _read(path: Path) -> Values:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _port(name: EnvironmentName, before: object, requested: int | None) -> int:
    """Return the requested port, or that of the last run, or the first that is free and claimed by nobody.

    The next port, for a test listener, has to be free, too.
    """
    if isinstance(before, int) and requested in {None, before}:
        return before
    if requested is not None:
        return checked_port(requested)
    found = next(islice(_pairs(FIRST_PORT[name]), 1), None)
    if found is None:
        raise CouldNotStart("no port is free for the load balancer", next_step="choose one: `--listener-port PORT`")
    return found


def _pairs(first: int) -> Iterator[int]:
    return (
        first for first in range(first, LAST_PORT) if all(is_free(port) and claim(port) for port in (first, first + 1))
    )


def _certificate(aws: Aws, before: object) -> str:
    """Return the certificate's ARN; the local cloud issues the certificate itself."""
    if isinstance(before, str):
        try:
            aws.acm.describe_certificate(CertificateArn=before)
        except aws.acm.exceptions.ResourceNotFoundException:
            pass
        else:
            return before
    return str(aws.acm.request_certificate(DomainName=HOST, ValidationMethod="DNS")["CertificateArn"])
