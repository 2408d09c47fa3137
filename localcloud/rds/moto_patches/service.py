"""Patches of moto's RDS: real passwords managed by RDS, and instance settings that moto drops."""

import json
import secrets
from typing import Any

from localcloud.moto.patching import look_up
from localcloud.rds.moto_patches import backups, parameters, replicas, subnets, tags, zones
from localcloud.rds.requests import windows
from localcloud.rds.requests.offerings import OPTION_GROUP

PASSWORD_BYTES = 24


def patch() -> None:
    """Patch moto: its managed secret has a fixed user and password, and its rotation needs a function."""
    from moto.rds.models import MasterUserSecret

    secret: Any = MasterUserSecret
    secret._generate_secret_string = _generate_secret_string
    secret.rotate_secret = _rotate_secret
    look_up(secret, "secretsmanager", lambda self: self.resource.backend.secretsmanager)
    _keep_performance_insights()
    _choose_windows()
    _have_one_option_group()
    backups.patch()
    parameters.patch()
    subnets.patch()
    replicas.patch()
    tags.patch()
    zones.patch()


def _keep_performance_insights() -> None:
    """Store and show the three settings that moto drops; requests and responses name the switch differently."""
    from moto.rds.models import DBInstance

    instance: Any = DBInstance
    make = instance.__init__

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        self.enable_performance_insights = named.get("enable_performance_insights") or False
        self.performance_insights_kms_key_id = named.get("performance_insights_kms_key_id")
        self.performance_insights_retention_period = named.get("performance_insights_retention_period")

    instance.__init__ = made
    instance.performance_insights_enabled = property(lambda self: getattr(self, "enable_performance_insights", False))


def _have_one_option_group() -> None:
    """Show RDS's own option group, the only one there can be here; moto names it after the minor release."""
    from moto.rds.models import DBInstance

    instance: Any = DBInstance
    instance.option_group_name = property(lambda self: OPTION_GROUP, lambda self, value: None)


def _choose_windows() -> None:
    """Choose and check windows: moto refuses windows that touch, ignores days, and has fixed defaults."""
    from moto.rds import models

    instance: Any = models.DBInstance
    make = instance.__init__

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        names = ("preferred_maintenance_window", "preferred_backup_window")
        found = windows.chosen(*(named.get(name) for name in names))
        make(self, *arguments, **named | dict(zip(names, found, strict=True)))

    instance.__init__ = made
    validating: Any = models
    validating.valid_preferred_maintenance_window = windows.conflict


def managed_password(model: Any) -> str:
    """Return the current password in the secret of a DB instance."""
    # Through the instance: a start needs it before RDS is patched.
    value = model.backend.secretsmanager.get_secret_value(model.master_user_secret.secret_arn, None, "AWSCURRENT")
    password: str = json.loads(value["SecretString"])["password"]
    return password


def replace_lost_secret(model: Any) -> None:
    """Recreate the secret of a DB instance when Secrets Manager's records were lost; the server gets its password."""
    from moto.secretsmanager.exceptions import SecretNotFoundException

    secret = model.master_user_secret
    try:
        managed_password(model)
    except SecretNotFoundException:
        model.master_user_secret = secret = type(secret)(model, secret.secret.kms_key_id)
        value = _generate_secret_string(secret)  # moto's own, until RDS's first request
        model.backend.secretsmanager.put_secret_value(secret.secret_arn, value, None, None, ["AWSCURRENT"])


def _generate_secret_string(self: Any) -> str:
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(PASSWORD_BYTES)})


def _rotate_secret(self: Any) -> None:
    value = self._generate_secret_string()
    self.secretsmanager.put_secret_value(self.secret_arn, value, None, None, ["AWSCURRENT"])
