"""RDS: passwords that RDS manages itself are real ones, and what moto forgets of an instance is kept and shown."""

import json
import secrets
import string
from typing import Any

from localcloud.lessons import rds_backups, rds_parameters, rds_subnets

PASSWORD_BYTES = 24


def teach() -> None:
    """moto's managed secret holds one fixed user and password, and its rotation needs a function."""
    from moto.rds.models import MasterUserSecret

    secret: Any = MasterUserSecret
    secret._generate_secret_string = _generate_secret_string
    secret.rotate_secret = _rotate_secret
    _keep_performance_insights()
    _make_replicas_records_of_their_own()
    rds_backups.teach()
    rds_parameters.teach()
    rds_subnets.teach()


def _keep_performance_insights() -> None:
    """moto drops the three settings; requests and answers name the switch differently."""
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


def _make_replicas_records_of_their_own() -> None:
    """moto copies the source: with its region, its address, and its secret, which would go when the replica does."""
    from moto.rds.models import DBInstance, RDSBackend

    backend: Any = RDSBackend
    instance: Any = DBInstance

    def remove_replica(self: Any, replica: Any) -> None:  # one in another region is listed by its ARN
        self.replicas = [
            each for each in self.replicas if each not in (replica.db_instance_identifier, replica.db_instance_arn)
        ]

    instance.remove_replica = remove_replica
    make = backend.create_db_instance_read_replica

    def create_db_instance_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        replica = make(self, {"backend": self, **db_kwargs})  # first: where the others are looked up
        replica.local_address = None
        replica.manage_master_user_password = False
        replica.__dict__.pop("master_user_secret", None)
        replica.multi_az = bool(db_kwargs.get("multi_az"))
        replica.tags = db_kwargs.get("tags") or []
        alphabet = string.ascii_uppercase + string.digits
        replica.dbi_resource_id = "db-" + "".join(secrets.choice(alphabet) for _ in range(26))
        return replica

    backend.create_db_instance_read_replica = create_db_instance_read_replica


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
