"""Patches of moto's RDS: a read replica has its own record, is listed by its source, and reports its replication."""

from typing import Any

from localcloud.rds.moto_patches import backups, zones


def patch() -> None:
    """Patch moto: it copies the source's zone, address and secret, which deleting the replica would delete."""
    from moto.rds.models import DBInstance, RDSBackend

    backend: Any = RDSBackend
    instance: Any = DBInstance
    instance.remove_replica = _remove_replica
    instance.status_infos = property(_status_infos)
    make = backend.create_db_instance_read_replica

    def create_db_instance_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        if db_kwargs["db_instance_identifier"] in self.databases:
            from moto.rds.exceptions import DBInstanceAlreadyExists

            raise DBInstanceAlreadyExists
        group = db_kwargs.get("db_parameter_group_name")
        if group and not group.startswith("default.") and group not in self.db_parameter_groups:
            from moto.rds.exceptions import DBParameterGroupNotFoundError

            raise DBParameterGroupNotFoundError(group)
        replica = make(self, {"backend": self, **db_kwargs})  # first: this is where the others are looked up
        if source_of(self, replica).region != self.region_name:
            _in_own_region(replica, db_kwargs)
        replica.local_address = None
        replica.manage_master_user_password = False
        replica.__dict__.pop("master_user_secret", None)
        replica._master_user_password = None
        replica.multi_az = bool(db_kwargs.get("multi_az"))
        replica.tags = db_kwargs.get("tags") or []
        replica.backup_retention_period = 0
        replica.deletion_protection = bool(db_kwargs.get("deletion_protection"))
        replica.dbi_resource_id = backups.new_resource_id()
        zones.settle(replica)
        return replica

    backend.create_db_instance_read_replica = create_db_instance_read_replica
    _delete_without_source(backend)
    _rename_on_both_sides(backend)


def _in_own_region(replica: Any, given: dict[str, Any]) -> None:
    """Give a replica the default groups of its region, where the request names none: the source's are not there."""
    if not given.get("db_parameter_group_name"):
        replica.db_parameter_group_name = None
    if not given.get("db_subnet_group_name"):
        replica.db_subnet_group_name = None
        replica.db_subnet_group = None


def source_of(backend: Any, model: Any) -> Any:
    """Return moto's DB instance that is the source of a replica; None when it is gone."""
    from moto.rds.exceptions import DBInstanceNotFoundError

    try:
        return backend.find_db_from_id(model.source_db_instance_identifier)
    except DBInstanceNotFoundError:
        return None


def _remove_replica(self: Any, replica: Any) -> None:  # a replica in another region is listed by its ARN
    self.replicas = [
        each for each in self.replicas if each not in (replica.db_instance_identifier, replica.db_instance_arn)
    ]


def _status_infos(self: Any) -> list[dict[str, Any]]:
    if not self.is_replica:
        return []
    if source_of(self.backend, self) is None:
        return [{"StatusType": "read replication", "Normal": False, "Status": "terminated"}]
    return [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]


def _delete_without_source(backend: Any) -> None:
    """Delete replicas whose source is gone: moto looks the source up, and fails without it."""
    delete = backend.delete_db_instance

    def delete_db_instance(self: Any, db_instance_identifier: str, *arguments: Any, **named: Any) -> Any:
        model = self.databases.get(db_instance_identifier)
        if model is not None and model.is_replica and source_of(self, model) is None:
            model.is_replica = False
        return delete(self, db_instance_identifier, *arguments, **named)

    backend.delete_db_instance = delete_db_instance


def _rename_on_both_sides(backend: Any) -> None:
    """Rename an instance in all records that name it.

    moto renames only the instance, and keeps the new name when it refuses another part of the request.
    """
    from moto.rds.models import rds_backends

    modify = backend.modify_db_instance

    def modify_db_instance(self: Any, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> Any:
        new = db_kwargs.get("new_db_instance_identifier")
        model = self.databases.get(db_instance_identifier)
        if new is None or model is None:
            return modify(self, db_instance_identifier, db_kwargs)
        every = [each for other in rds_backends[self.account_id].values() for each in other.databases.values()]
        source = source_of(self, model) if model.is_replica else None
        replicas = [each for each in every if each.is_replica and source_of(each.backend, each) is model]
        if source is not None:
            source.remove_replica(model)
        try:
            return modify(self, db_instance_identifier, db_kwargs)
        finally:
            if model.db_instance_identifier == db_instance_identifier and new in self.databases:
                self.databases[db_instance_identifier] = self.databases.pop(new)
            if source is not None:
                source.add_replica(model)
            for replica in replicas:
                is_elsewhere = replica.region != model.region
                replica.source_db_instance_identifier = (
                    model.db_instance_arn if is_elsewhere else model.db_instance_identifier
                )

    backend.modify_db_instance = modify_db_instance
