"""Patches of moto's RDS: parameter groups with every parameter of their family, AWS's refusals, and pending reboots.

Setting the value that RDS sets anyway changes nothing: the parameter keeps `Source` and `ApplyMethod`. If Terraform
requests such a value with `immediate`, its plans show a difference for ever (hashicorp/terraform-provider-aws#39252).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result
from localcloud.rds.requests.parameter_catalogue import FAMILY, Parameter, catalogue

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend
    from moto.rds.responses import RDSResponse

MOST_IN_A_REQUEST = 20
MOST_IN_A_PAGE = 100
IN_SYNC, PENDING = "in-sync", "pending-reboot"

NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{0,254}(?<!-)")
NO_NAME = (
    "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must contain "
    "only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
)


def patch() -> None:
    from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend
    from moto.rds.responses import RDSResponse

    answering: Any = RDSResponse
    _check_families(answering)
    for operation in (
        delete_db_parameter_group,
        describe_db_parameter_groups,
        describe_db_parameters,
        describe_engine_default_parameters,
        modify_db_parameter_group,
        reset_db_parameter_group,
    ):
        setattr(answering, operation.__name__, operation)
    group: Any = DBParameterGroup
    group.update_parameters = _take_over  # a copy begins with these
    instance: Any = DBInstance
    instance.db_parameter_group_status_list = property(_status_list)
    _await_reboot_after_another_group(RDSBackend)


def modify_db_parameter_group(self: RDSResponse) -> ActionResult:
    group = _group(self)
    requested = [each.original_dict() for each in self.params.get("Parameters") or []]
    if len(requested) > MOST_IN_A_REQUEST:
        raise _invalid(f"A maximum of {MOST_IN_A_REQUEST} parameters can be modified in a single request.")
    _check_not_default(group)
    known = [(_modifiable(each), each) for each in requested]  # validate all before changing the first
    awaits_reboot = [
        parameter.name
        for parameter, each in known
        if _value(group, parameter) != each["ParameterValue"]
        and (parameter.is_static or each["ApplyMethod"] == PENDING)
    ]
    for _, each in known:
        _change(group, each)
    _note(self.backend, group, awaits_reboot)
    return result({"DBParameterGroupName": group.name})


def reset_db_parameter_group(self: RDSResponse) -> ActionResult:
    group = _group(self)
    _check_not_default(group)
    if str(self.params.get("ResetAllParameters")).lower() == "true":
        named = list(group.parameters)
    else:
        requested = [each.original_dict() for each in self.params.get("Parameters") or []]
        if not requested:
            raise AwsError("InvalidParameterCombination", "Parameters or ResetAllParameters must be given.")
        named = [_known(each.get("ParameterName", "")).name for each in requested]
        for each in requested:
            _check_method(catalogue()[each["ParameterName"]], each.get("ApplyMethod", ""))
    changed = [name for name in named if group.parameters.pop(name, None) is not None]
    _note(self.backend, group, [name for name in changed if name in catalogue() and catalogue()[name].is_static])
    return result({"DBParameterGroupName": group.name})


def describe_db_parameters(self: RDSResponse) -> ActionResult:
    group = _group(self)
    source = self.params.get("Source")
    filters = {each["Name"]: each["Values"] for each in self.params.get("Filters") or []}
    found = [
        each
        for each in (_described(group, parameter) for parameter in catalogue().values())
        if source in (None, each["Source"])
        and each["ParameterName"] in filters.get("parameter-name", [each["ParameterName"]])
    ]
    return result(_page(self, found))


def describe_engine_default_parameters(self: RDSResponse) -> ActionResult:
    _check_family(self.params.get("DBParameterGroupFamily"))
    page = _page(self, [parameter.described() for parameter in catalogue().values()])
    return result({"EngineDefaults": {"DBParameterGroupFamily": FAMILY, **page}})


def describe_db_parameter_groups(self: RDSResponse) -> ActionResult:
    """Describe parameter groups.

    moto returns an empty list for an unknown name, and has a default group only once an instance uses it.
    """
    from moto.core.responses import PaginatedResult

    if self.params.get("DBParameterGroupName"):
        return PaginatedResult({"DBParameterGroups": [_group(self)]})
    _default_group(self.backend)
    return PaginatedResult({"DBParameterGroups": list(self.backend.db_parameter_groups.values())})


def delete_db_parameter_group(self: RDSResponse) -> ActionResult:
    group = _group(self)
    _check_not_default(group)
    users = [each.db_instance_identifier for each in self.backend.databases.values() if _uses(each, group)]
    if users:
        raise AwsError(
            "InvalidDBParameterGroupState",
            f"One or more database instances are still members of this parameter group {group.name}, so the group "
            "cannot be deleted",
        )
    self.backend.delete_db_parameter_group(group.name)
    return result({})


def settings(model: DBInstance) -> dict[str, str]:
    """Return the parameters set by the group of a DB instance, by name."""
    return {name: each["ParameterValue"] for name, each in model.db_parameter_groups()[0].parameters.items()}


def applied(model: DBInstance) -> None:
    """Record that the server of a DB instance has restarted."""
    _set_awaits_reboot(model, False)


def _set_awaits_reboot(model: DBInstance, value: bool) -> None:
    vars(model)["awaits_reboot"] = value  # no attribute of moto's


def _await_reboot_after_another_group(backend: type[RDSBackend]) -> None:
    modify = backend.modify_db_instance

    def modify_db_instance(self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, object]) -> DBInstance:
        known = self.databases.get(db_instance_identifier)
        before = known and known.db_parameter_groups()[0].name
        if (requested := db_kwargs.get("db_parameter_group_name")) == f"default.{FAMILY}":
            _default_group(self)
        names = dict(self.databases)
        try:
            model = modify(self, db_instance_identifier, db_kwargs)
        except Exception:
            self.databases.clear()  # moto renames before it refuses the rest
            self.databases.update(names)
            raise
        if requested and before and requested != before:
            _set_awaits_reboot(model, True)
        return model

    replace(backend, modify_db_instance)


def _check_families(answering: type[RDSResponse]) -> None:
    create = answering.create_db_parameter_group

    def create_db_parameter_group(self: RDSResponse) -> ActionResult:
        if not NAME.fullmatch(str(self.params.get("DBParameterGroupName"))):
            raise _invalid(NO_NAME)
        _check_family(self.params.get("DBParameterGroupFamily"))
        return create(self)

    replace(answering, create_db_parameter_group)


def _check_family(family: str | None) -> None:
    if family != FAMILY:
        raise _invalid(f"ParameterGroupFamily {family} is not a valid parameter group family here: {FAMILY} is.")


def _group(self: RDSResponse) -> DBParameterGroup:
    name = str(self.params.get("DBParameterGroupName") or "").lower()
    if name == f"default.{FAMILY}":
        return _default_group(self.backend)
    group = self.backend.db_parameter_groups.get(name)
    if group is None:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return group


def _default_group(backend: RDSBackend) -> DBParameterGroup:
    from moto.rds.models import DBParameterGroup

    name = f"default.{FAMILY}"
    if name not in backend.db_parameter_groups:
        make: Any = DBParameterGroup
        backend.db_parameter_groups[name] = make(backend, name, f"Default parameter group for {FAMILY}", FAMILY)
    return backend.db_parameter_groups[name]


def _check_not_default(group: DBParameterGroup) -> None:
    if group.name.startswith("default."):
        raise _invalid(f"The parameter group {group.name} is a default one: it cannot be modified or deleted.")


def _modifiable(requested: dict[str, str]) -> Parameter:
    """Return the parameter that a request may change this way. Errors: AWS's errors."""
    for field in ("ParameterName", "ParameterValue", "ApplyMethod"):
        if field not in requested:
            raise _invalid(f"The parameter {field} must be provided and must not be blank.")
    parameter, value = _known(requested["ParameterName"]), requested["ParameterValue"]
    if not parameter.is_modifiable:
        raise _invalid(f"The parameter {parameter.name} cannot be modified.")
    if not parameter.takes(value):
        raise _invalid(
            f"Invalid parameter value: {value} for: {parameter.name} allowed values are: {parameter.allowed}"
        )
    _check_method(parameter, requested["ApplyMethod"])
    return parameter


def _check_method(parameter: Parameter, method: str) -> None:
    if parameter.is_static and method == "immediate":
        raise AwsError("InvalidParameterCombination", "cannot use immediate apply method for static parameter")


def _known(name: str) -> Parameter:
    if name not in catalogue():
        raise _invalid(f"Could not find parameter with name: {name}")
    return catalogue()[name]


def _take_over(self: DBParameterGroup, changed: Iterable[dict[str, str]]) -> None:
    for each in changed:
        _change(self, each)


def _change(group: DBParameterGroup, requested: dict[str, str]) -> None:
    parameter = _known(requested["ParameterName"])
    if requested["ParameterValue"] == parameter.value:
        group.parameters.pop(parameter.name, None)
    else:
        group.parameters[parameter.name] = {
            name: requested[name] for name in ("ParameterName", "ParameterValue", "ApplyMethod")
        }


def _value(group: DBParameterGroup, parameter: Parameter) -> str:
    own = group.parameters.get(parameter.name)
    return str(own["ParameterValue"]) if own else parameter.value


def _described(group: DBParameterGroup, parameter: Parameter) -> dict[str, object]:
    own = group.parameters.get(parameter.name)
    return parameter.described() | ({**own, "Source": "user"} if own else {})


def _note(backend: RDSBackend, group: DBParameterGroup, awaits_reboot: list[str]) -> None:
    for instance in backend.databases.values():
        if awaits_reboot and _uses(instance, group):
            _set_awaits_reboot(instance, True)


def _uses(instance: DBInstance, group: DBParameterGroup) -> bool:
    return any(each.name == group.name for each in instance.db_parameter_groups())


def _status_list(self: DBInstance) -> list[dict[str, str]]:
    status = PENDING if getattr(self, "awaits_reboot", False) else IN_SYNC
    return [
        {"DBParameterGroupName": group.name, "ParameterApplyStatus": status} for group in self.db_parameter_groups()
    ]


def _page(self: RDSResponse, found: list[dict[str, object]]) -> dict[str, object]:
    """Return one of AWS's pages: a marker is the last name of the previous page."""
    most = int(self.params.get("MaxRecords") or MOST_IN_A_PAGE)
    if not 20 <= most <= MOST_IN_A_PAGE:
        raise _invalid(f"Invalid value {most} for MaxRecords. Must be between 20 and {MOST_IN_A_PAGE}")
    marker = self.params.get("Marker") or ""
    left = [each for each in found if str(each["ParameterName"]) > marker]
    more = {"Marker": left[most - 1]["ParameterName"]} if len(left) > most else {}
    return {"Parameters": left[:most], **more}


def _invalid(message: str) -> Exception:
    return AwsError("InvalidParameterValue", message)
