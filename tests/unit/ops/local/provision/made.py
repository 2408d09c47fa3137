"""The local environment, provisioned in moto."""

import json
from typing import Any

from ops.aws.clients import Aws
from ops.console import Console
from ops.local.provision import everything
from ops.waiter import Deadline


def make(aws: Aws, listener_port: int | None = None) -> everything.Foundation:
    return everything.provision(aws, listener_port, Deadline(30), Console())


def secret(aws: Aws, part: str) -> Any:
    return json.loads(aws.secretsmanager.get_secret_value(SecretId=f"spendsense-local/{part}")["SecretString"])
