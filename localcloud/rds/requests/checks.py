"""Checks of RDS requests beyond what the model requires, in AWS's words where those are known. Pure."""

import re

from localcloud.errors import AwsError
from localcloud.protocol.windows import daily
from localcloud.rds.requests import offerings
from localcloud.rds.requests.fields import Form, is_true, version
from localcloud.rds.requests.windows import SHORTEST
from localcloud.rds.server.postgres import SUPERUSER

PASSWORD = re.compile(r"[!-~]{8,128}")
PASSWORD_WITHOUT = frozenset('/"@')


def check_creation(form: Form) -> None:
    """Check CreateDBInstance. Errors: AwsError."""
    check_engine(form.get("Engine"))
    version(form)
    check_class(form)
    if not form.get("AllocatedStorage"):
        raise AwsError("InvalidParameterValue", "The parameter AllocatedStorage must be provided and must not be null.")
    check_backups(form)
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
    check_backups(form)
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


def check_class(form: Form) -> None:
    """Check the instance class. Errors: AwsError."""
    requested = form.get("DBInstanceClass", offerings.CLASSES[0])
    if requested not in offerings.CLASSES:
        raise AwsError(
            "InvalidParameterCombination",
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={requested}, Engine=postgres, EngineVersion={version(form)}, "
            "LicenseModel=postgresql-license. "
            "For supported combinations of instance class and database engine version, see the documentation.",
        )


def check_backups(form: Form) -> None:
    """Check retention and window of backups; `windows.conflict` compares it with the other window. Errors: AwsError."""
    days = form.get("BackupRetentionPeriod", "1")
    if not days.isdecimal() or int(days) > 35:
        raise AwsError(
            "InvalidParameterValue", f"Invalid backup retention period: {days}. Must be a value from 0 to 35."
        )
    window = form.get("PreferredBackupWindow")
    if window is None:
        return
    if (found := daily(window)) is None:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid backup window format: {window}. Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC). "
            "Example: 23:45-00:15",
        )
    if found.length < SHORTEST:
        raise AwsError("InvalidParameterValue", f"The backup window must be at least {SHORTEST} minutes.")


def check_password(password: str) -> None:
    if not PASSWORD.fullmatch(password) or PASSWORD_WITHOUT & set(password):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used, 8 to 128 of them.",
        )
