"""AWS Backup: updates of plans, selections, and vaults, which stay empty: no plan backs anything up here."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import check_named
from localcloud.moto.patching import checking, result, wrap
from localcloud.moto_only.backup import jobs, rules, vault_policies

SELECTIONS = "backup_selections"


def patch() -> None:
    """Add the operations to moto's response class, and their paths."""
    from moto.backup import urls
    from moto.backup.models import BackupBackend
    from moto.backup.responses import BackupResponse

    for operation in (
        create_backup_selection,
        get_backup_selection,
        list_backup_selections,
        delete_backup_selection,
        list_recovery_points_by_backup_vault,
        list_tags,
        update_backup_plan,
    ):
        setattr(BackupResponse, operation.__name__, operation)
    paths: dict[str, Any] = urls.url_paths
    paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$"] = urls.response.dispatch
    _delete_plans_as_aws_does()
    wrap(BackupBackend, "create_backup_vault", checking(_check_vault))
    wrap(BackupBackend, "create_backup_plan", checking(lambda backend, given: rules.check(given["backup_plan"])))
    jobs.patch()
    vault_policies.patch()


def create_backup_selection(self: Any) -> Any:
    plan_id = _plan_id(self)
    selection = json.loads(self.body)["BackupSelection"]
    rules.check_selection(selection)
    known = _selections(self, plan_id)
    if any(each["BackupSelection"]["SelectionName"] == selection["SelectionName"] for each in known.values()):
        raise AwsError("AlreadyExistsException", f"Backup selection {selection['SelectionName']} already exists.")
    made = {
        "SelectionId": str(uuid.uuid4()),
        "BackupPlanId": plan_id,
        "CreationDate": datetime.now(UTC),
        "BackupSelection": selection,
    }
    known[made["SelectionId"]] = made
    return result(made)


def get_backup_selection(self: Any) -> Any:
    return result(_selection(self))


def list_backup_selections(self: Any) -> Any:
    listed = [
        {key: value for key, value in each.items() if key != "BackupSelection"}
        | {name: each["BackupSelection"].get(name) for name in ("SelectionName", "IamRoleArn")}
        for each in _selections(self, _plan_id(self)).values()
    ]
    return result({"BackupSelectionsList": listed})


def delete_backup_selection(self: Any) -> Any:
    selection = _selection(self)
    del _selections(self, selection["BackupPlanId"])[selection["SelectionId"]]
    return result({})


def list_recovery_points_by_backup_vault(self: Any) -> Any:
    name = self.path.split("/")[2]
    if name not in self.backup_backend.vaults:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not exist.")
    return result({"RecoveryPoints": []})


def list_tags(self: Any) -> Any:
    """Find the ARN in any path; moto finds it only in one that ends with a slash."""
    arn = unquote(self.path.partition("/tags/")[2]).rstrip("/")
    return result({"Tags": self.backup_backend.list_tags(arn)})


def update_backup_plan(self: Any) -> Any:
    """Return a new version of the plan; moto has no such operation."""
    from moto.backup.models import Plan

    plans, plan_id = self.backup_backend.plans, _plan_id(self)
    old, wanted = plans[plan_id], json.loads(self.body)["BackupPlan"]
    rules.check(wanted)
    new = Plan(wanted, old.creator_request_id, self.backup_backend)
    for kept in ("backup_plan_id", "backup_plan_arn", "creation_date"):
        setattr(new, kept, getattr(old, kept))
    plans[plan_id] = new
    return json.dumps(new.to_dict())


def _delete_plans_as_aws_does() -> None:
    from moto.backup.responses import BackupResponse

    answering: Any = BackupResponse
    delete = answering.delete_backup_plan

    def delete_backup_plan(self: Any) -> Any:
        if _selections(self, _plan_id(self)):
            message = "Related backup plan selections must be deleted prior to backup plan deletion."
            raise AwsError("InvalidRequestException", message)
        response = delete(self)
        del self.backup_backend.plans[_plan_id(self)]  # moto keeps the plan, so its name could not be used again.
        return response

    answering.delete_backup_plan = delete_backup_plan


def _check_vault(backend: Any, given: Mapping[str, Any]) -> None:
    """Check the name and the key of a new vault. The code is the model's; the words about the key are KMS's."""
    rules.check_vault_name(given["backup_vault_name"])
    key = given.get("encryption_key_arn")
    check_named(backend.account_id, backend.region_name, key, "InvalidParameterValueException")


def _plan_id(answering: Any) -> str:
    """Return the id in `/backup/plans/<plan>[/selections[/<selection>]]`; the plan must exist. Errors: moto's own."""
    plan_id: str = answering.path.split("/")[3]
    answering.backup_backend.get_backup_plan(plan_id, None)
    return plan_id


def _selections(answering: Any, plan_id: str) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, dict[str, Any]]] = answering.backup_backend.__dict__.setdefault(SELECTIONS, {})
    return known.setdefault(plan_id, {})


def _selection(answering: Any) -> dict[str, Any]:
    selection_id = answering.path.rstrip("/").split("/")[-1]
    selection = _selections(answering, _plan_id(answering)).get(selection_id)
    if selection is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup selection with ID {selection_id}")
    return selection
