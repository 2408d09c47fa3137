"""Patches of moto's RDS: tags only of existing resources. moto returns none, and accepts new ones, for others."""

from typing import Any

from localcloud.errors import AwsError

OPERATIONS = ("list_tags_for_resource", "add_tags_to_resource", "remove_tags_from_resource")
ELSEWHERE = "The specified resource name does not match an RDS resource in this region."
NOT_FOUND = {
    "db": ("DBInstanceNotFound", "DBInstance {} not found."),
    "snapshot": ("DBSnapshotNotFound", "DBSnapshot {} not found."),
    "subgrp": ("DBSubnetGroupNotFoundFault", "DB subnet group '{}' does not exist."),
    "pg": ("DBParameterGroupNotFound", "DBParameterGroup {} not found."),
}
COMPONENTS = 7


def patch() -> None:
    from moto.rds.responses import RDSResponse

    for name in OPERATIONS:
        setattr(RDSResponse, name, _of_what_there_is(getattr(RDSResponse, name)))


def _of_what_there_is(operation: Any) -> Any:
    def answering(self: Any) -> Any:
        _require(self.backend, self.params.get("ResourceName") or "")
        return operation(self)

    return answering


def _require(backend: Any, arn: str) -> None:
    parts = arn.split(":")
    if len(parts) != COMPONENTS or parts[:3] != ["arn", "aws", "rds"]:
        raise AwsError("InvalidParameterValue", f"Invalid resource name: {arn}")
    region, account, kind, name = parts[3:]
    if (region, account) != (backend.region_name, backend.account_id):
        raise AwsError("InvalidParameterValue", ELSEWHERE)
    # Every family's default group exists, but moto has none.
    if backend._find_resource(kind, name) is None and not (kind == "pg" and name.startswith("default.")):
        code, words = NOT_FOUND.get(kind, ("InvalidParameterValue", ELSEWHERE))
        raise AwsError(code, words.format(name))
