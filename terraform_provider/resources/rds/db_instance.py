"""aws_db_instance."""

import re

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import refuse_conflicts, refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of, message_of
from terraform_provider.framework.names import chosen_name
from terraform_provider.framework.nulls import is_changed
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s
from terraform_provider.resources import _query_tags
from terraform_provider.resources.rds import (
    _instance_attributes,
    _instance_changes,
    _instance_creation,
    _instances,
    _names,
)
from terraform_provider.values.unknown import State

NOT_SERVED = (
    *("backup_target", "blue_green_update", "character_set_name", "custom_iam_instance_profile"),
    *("customer_owned_ip_enabled", "database_insights_mode", "dedicated_log_volume", "domain"),
    *("domain_auth_secret_arn", "domain_dns_ips", "domain_fqdn", "domain_iam_role_name", "domain_ou"),
    *("engine_lifecycle_support", "nchar_character_set_name", "network_type", "replica_mode", "s3_import", "timezone"),
)
"""Arguments that the local cloud does not support."""
CONFLICTS = (
    ("manage_master_user_password", "password"),
    ("manage_master_user_password", "password_wo"),
    ("password", "password_wo"),
    ("db_name", "replicate_source_db"),
    ("username", "replicate_source_db"),
    ("restore_to_point_in_time", "snapshot_identifier"),
    ("restore_to_point_in_time", "replicate_source_db"),
)
SNAPSHOT_NAME = re.compile(r"[A-Za-z](-?[0-9A-Za-z])*")
DAILY = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
PROTECTED = "disable deletion pro"


@resource("aws_db_instance")
class DBInstance(Resource):
    noun = "RDS DB Instance"
    title = "identifier"
    gone = (_instances.GONE,)

    def validate(self, config: State) -> None:
        _names.check(_names.INSTANCE, config, "identifier", "identifier_prefix")
        refuse_not_served(config, NOT_SERVED, "aws_db_instance")
        for one, other in CONFLICTS:
            refuse_conflicts(config, one, other)
        _check_texts(config)

    def create(self, aws: Aws, planned: State) -> str:
        way = _instance_creation.way_of(planned)
        identifier = chosen_name(planned, "identifier", "identifier_prefix")
        request = _instance_creation.request(aws, planned, identifier)
        made = _instances.created(aws, lambda: getattr(aws.client("rds"), way.operation)(**request))
        return str(made["DBInstance"]["DbiResourceId"])

    def complete(self, aws: Aws, state: State) -> None:
        _instances.wait_until_available(aws, state, "create")
        found = _instances.find(aws, state["id"]) or {}
        request = _instance_creation.left(state, found)
        if not request:
            return
        named = {"DBInstanceIdentifier": found["DBInstanceIdentifier"]}
        aws.client("rds").modify_db_instance(ApplyImmediately=True, **named, **request)
        _instances.wait_until_available(aws, state, "update")
        if "DBParameterGroupName" in request:  # it takes effect only after a restart
            aws.client("rds").reboot_db_instance(**named)
            _instances.wait_until_available(aws, state, "update")

    def read(self, aws: Aws, state: State) -> State | None:
        found = _instances.find(aws, state["id"])
        return None if found is None else _instance_attributes.read(found, state)

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        # `planned` has the prior value of what only the apply can know.
        differing = {name for name in changed if is_changed(prior.get(name), planned.get(name))}
        if "replicate_source_db" in differing:
            _promote(aws, prior, planned)
        if differing - _instance_changes.OF_TERRAFORM:
            request = _instance_changes.request(prior, planned, differing)
            limit = timeout_s(planned, "update", _instances.TIMEOUTS["update"])
            _instances.modify(aws, request, limit)
            _instances.wait_until_available(aws, {**planned, "id": prior["id"]}, "update")
        if "tags_all" in differing:
            _query_tags.change(aws, "rds", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        request = _deletion(state)
        try:
            aws.client("rds").delete_db_instance(**request)
        except ClientError as exc:
            if PROTECTED in message_of(exc) and not state["deletion_protection"] and state["apply_immediately"]:
                _unprotect(aws, state)
                aws.client("rds").delete_db_instance(**request)
            elif "is already being deleted" not in message_of(exc) or code_of(exc) != "InvalidDBInstanceState":
                raise
        _instances.wait_until_gone(aws, state)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        # RDS returns neither; a later destroy must not need a snapshot's name.
        return {"id": id, "skip_final_snapshot": True, "delete_automated_backups": True}


def _check_texts(config: State) -> None:
    name, window = config.get("final_snapshot_identifier"), config.get("backup_window")
    if isinstance(name, str) and not SNAPSHOT_NAME.fullmatch(name):
        raise ProviderError(
            f'invalid value for final_snapshot_identifier: "{name}"',
            "It must begin with a letter, have only letters, digits and single hyphens, and not end in one.",
            ("final_snapshot_identifier",),
        )
    if isinstance(window, str) and window and not DAILY.fullmatch(window):
        raise ProviderError('"backup_window" must satisfy the format of "hh24:mi-hh24:mi".', path=("backup_window",))


def _promote(aws: Aws, prior: State, planned: State) -> None:
    """Promote a replica to an instance of its own; a replica's source cannot be changed."""
    if planned["replicate_source_db"]:
        raise ProviderError(
            "cannot elect new source database for replication",
            "Replace the replica (terraform apply -replace), or remove the argument to promote it.",
            ("replicate_source_db",),
        )
    window = {"PreferredBackupWindow": planned["backup_window"]} if planned["backup_window"] else {}
    aws.client("rds").promote_read_replica(
        DBInstanceIdentifier=prior["identifier"],
        BackupRetentionPeriod=planned["backup_retention_period"] or 0,
        **window,
    )
    _instances.wait_until_available(aws, {**planned, "id": prior["id"]}, "update")


def _deletion(state: State) -> dict[str, object]:
    request: dict[str, object] = {
        "DBInstanceIdentifier": state["identifier"],
        "DeleteAutomatedBackups": bool(state["delete_automated_backups"]),
        "SkipFinalSnapshot": bool(state["skip_final_snapshot"]),
    }
    if not state["skip_final_snapshot"]:
        if not state["final_snapshot_identifier"]:
            raise ProviderError(
                "final_snapshot_identifier is required when skip_final_snapshot is false",
                "Set one of them and apply, then destroy.",
                ("final_snapshot_identifier",),
            )
        request["FinalDBSnapshotIdentifier"] = state["final_snapshot_identifier"]
    return request


def _unprotect(aws: Aws, state: State) -> None:
    """Remove deletion protection that was set outside Terraform: the code has none, and applies changes immediately."""
    request = {"ApplyImmediately": True, "DBInstanceIdentifier": state["identifier"], "DeletionProtection": False}
    _instances.modify(aws, request, timeout_s(state, "update", _instances.TIMEOUTS["update"]))
    _instances.wait_until_available(aws, state, "update")
