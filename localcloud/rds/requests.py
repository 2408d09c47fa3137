"""Validation of RDS requests. Pure; refusals are in AWS's words where those are known."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from localcloud.errors import AwsError
from localcloud.rds import offerings
from localcloud.rds.postgres import SUPERUSER
from localcloud.rds.retention import Window

Form = Mapping[str, str]

PASSWORD = re.compile(r"[!-~]{8,128}")
PASSWORD_WITHOUT = frozenset('/"@')
IDENTIFIER = re.compile(r"(?!.*--)[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def is_true(form: Form, field: str) -> bool:
    return form.get(field, "").lower() == "true"


def identifier(form: Form) -> str:
    """Return the identifier of the instance that a request names."""
    return form.get("DBInstanceIdentifier", "").lower()


def check_creation(form: Form) -> None:
    """Check CreateDBInstance. Errors: AwsError."""
    check_engine(form.get("Engine"))
    version(form)
    check_class(form)
    check_retention(form)
    user = form.get("MasterUsername", "")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", user) or user in (SUPERUSER, "public"):
        raise AwsError("InvalidParameterValue", f"The parameter MasterUsername is not valid: {user!r}")
    if not is_true(form, "ManageMasterUserPassword"):
        check_password(form.get("MasterUserPassword", ""))
    elif "MasterUserPassword" in form:
        raise AwsError(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
        )


def check_restoration(form: Form) -> None:
    """Check a restoration. Errors: AwsError."""
    check_engine(form.get("Engine", "postgres"))
    check_retention(form)
    if is_true(form, "ManageMasterUserPassword"):
        raise AwsError(
            "InvalidParameterCombination",
            "ManageMasterUserPassword applies to RDS for Oracle only; change it in the restored instance.",
        )


def check_snapshot(form: Form) -> None:
    """Check the snapshot that a restoration names. Errors: AwsError."""
    if "DBClusterSnapshotIdentifier" in form:
        raise AwsError("DBClusterSnapshotNotFoundFault", f"{form['DBClusterSnapshotIdentifier']} not found.", 404)
    if not form.get("DBSnapshotIdentifier"):
        raise AwsError("InvalidParameterCombination", "DBSnapshotIdentifier must be specified.")


def check_engine(engine: str | None) -> None:
    if engine != "postgres":
        raise AwsError("InvalidParameterValue", f"Engine {engine!r}: the local cloud runs postgres only")


def version(form: Form) -> str:
    """Return the requested or default release. Errors: AwsError when RDS does not offer it."""
    asked = form.get("EngineVersion", offerings.DEFAULT)
    found = offerings.release(asked)
    if found is None:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {asked} for postgres")
    return found


def upgrades(form: Form, current: str) -> bool:
    """Say whether a change requests a newer release. Errors: AwsError for an older one."""
    asked = form.get("EngineVersion", current)
    if asked in (current, offerings.MAJOR):
        return False
    if asked not in offerings.targets(current):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade postgres from {current} to {asked}")
    return True


def check_class(form: Form) -> None:
    """Check the instance class. Errors: AwsError."""
    asked = form.get("DBInstanceClass", offerings.CLASSES[0])
    if asked not in offerings.CLASSES:
        raise AwsError(
            "InvalidParameterCombination",
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={asked}, Engine=postgres, EngineVersion={version(form)}, "
            "LicenseModel=postgresql-license. "
            "For supported combinations of instance class and database engine version, see the documentation.",
        )


def check_retention(form: Form) -> None:
    days = form.get("BackupRetentionPeriod", "1")
    if not days.isdecimal() or int(days) > 35:
        raise AwsError(
            "InvalidParameterValue", f"Invalid backup retention period: {days}. Must be a value from 0 to 35."
        )


def check_password(password: str) -> None:
    if not PASSWORD.fullmatch(password) or PASSWORD_WITHOUT & set(password):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used, 8 to 128 of them.",
        )


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
        found = datetime.fromisoformat(given)
    except ValueError:
        raise AwsError("InvalidParameterValue", f"Invalid RestoreTime: {given}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def check_moment(moment: datetime, window: Window, retention_days: int) -> None:
    """Check that a moment can be restored. Errors: AwsError, in AWS's words."""
    if moment < window.earliest:
        raise AwsError(
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time earlier than {_written(window.earliest)} because its "
            f"backup retention period is set to {retention_days} days.",
        )
    if moment > window.latest:
        raise AwsError(
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time later than {_written(window.latest)}.",
        )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
