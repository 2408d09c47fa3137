"""Reads the fields of RDS requests. Pure; errors are in AWS's words where those are known."""

import re
from collections.abc import Mapping
from datetime import datetime

from localcloud.errors import AwsError
from localcloud.machine.clock import aware
from localcloud.rds.requests import offerings

Form = Mapping[str, str]

IDENTIFIER = re.compile(r"(?!.*--)[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def is_true(form: Form, field: str) -> bool:
    return form.get(field, "").lower() == "true"


def identifier(form: Form) -> str:
    """Return the identifier of the instance that a request names."""
    return form.get("DBInstanceIdentifier", "").lower()


def version(form: Form) -> str:
    """Return the requested or default release. Errors: AwsError when RDS does not offer it."""
    requested = form.get("EngineVersion") or offerings.DEFAULT  # Terraform sends an empty one where none is written
    found = offerings.release(requested)
    if found is None:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {requested} for postgres")
    return found


def upgrades(form: Form, current: str) -> bool:
    """Return whether a change requests a newer release. Errors: AwsError for an older one."""
    requested = form.get("EngineVersion", current)
    if requested in (current, offerings.MAJOR):
        return False
    if requested not in offerings.targets(current):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade postgres from {current} to {requested}")
    return True


def new_identifier(form: Form) -> str | None:
    """Return the new identifier that a change requests; None when it is unchanged. Errors: AwsError."""
    identifier = form.get("NewDBInstanceIdentifier", "").lower()
    if not identifier or identifier == form.get("DBInstanceIdentifier", "").lower():
        return None
    if not IDENTIFIER.fullmatch(identifier):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter NewDBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; "
            "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
            "consecutive hyphens.",
        )
    if not is_true(form, "ApplyImmediately"):
        raise AwsError(
            "InvalidParameterCombination",
            "NewDBInstanceIdentifier: the local cloud has no maintenance windows; set ApplyImmediately",
        )
    return identifier


def moment(form: Form) -> datetime | None:
    """Return the moment to restore to; None for the latest.

    Errors: AwsError, also unless exactly one of the two is given.
    """
    given = form.get("RestoreTime", "")
    if bool(given) == is_true(form, "UseLatestRestorableTime"):
        words = (
            "You can't specify both RestoreTime and UseLatestRestorableTime."
            if given
            else "You must specify either RestoreTime or UseLatestRestorableTime."
        )
        raise AwsError("InvalidParameterCombination", words)
    if not given:
        return None
    try:
        return aware(datetime.fromisoformat(given))
    except ValueError:
        raise AwsError("InvalidParameterValue", f"Invalid RestoreTime: {given}") from None
