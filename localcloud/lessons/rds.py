"""RDS: passwords that RDS manages itself are real ones, and what moto forgets of an instance is kept and shown."""

import json
import secrets
from typing import Any

PASSWORD_BYTES = 24


def teach() -> None:
    """moto's managed secret holds one fixed user and password, and its rotation needs a function."""
    from moto.rds.models import MasterUserSecret

    secret: Any = MasterUserSecret
    secret._generate_secret_string = _generate_secret_string
    secret.rotate_secret = _rotate_secret


def managed_password(model: Any) -> str:
    """What the secret of a DB instance holds now."""
    secret = model.master_user_secret
    value = secret.secretsmanager.get_secret_value(secret.secret_arn, None, "AWSCURRENT")
    password: str = json.loads(value["SecretString"])["password"]
    return password


def _generate_secret_string(self: Any) -> str:
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(PASSWORD_BYTES)})


def _rotate_secret(self: Any) -> None:
    value = self._generate_secret_string()
    self.secretsmanager.put_secret_value(self.secret_arn, value, None, None, ["AWSCURRENT"])
