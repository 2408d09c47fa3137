"""Account settings: stored and returned. They have no effect here: what they switch is always on or does not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.operations.common import Operations, Response, page
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        DeleteAccountSettingRequestTypeDef,
        ListAccountSettingsRequestTypeDef,
        PutAccountSettingDefaultRequestTypeDef,
        PutAccountSettingRequestTypeDef,
    )


# Name -> (default, allowed values).
SETTINGS: dict[str, tuple[str, frozenset[str]]] = {
    "serviceLongArnFormat": ("enabled", frozenset({"enabled"})),
    "taskLongArnFormat": ("enabled", frozenset({"enabled"})),
    "containerInstanceLongArnFormat": ("enabled", frozenset({"enabled"})),
    "awsvpcTrunking": ("disabled", frozenset({"enabled", "disabled", "on", "off"})),
    "containerInsights": ("disabled", frozenset({"enabled", "disabled", "enhanced"})),
    "fargateFIPSMode": ("disabled", frozenset({"enabled", "disabled", "on", "off"})),
    "tagResourceAuthorization": ("on", frozenset({"on", "off"})),
    "fargateTaskRetirementWaitPeriod": ("7", frozenset({"0", "7", "14"})),
    "guardDutyActivate": ("off", frozenset({"on", "off"})),
    "defaultLogDriverMode": ("non-blocking", frozenset({"blocking", "non-blocking"})),
    "fargateEventWindows": ("disabled", frozenset({"enabled", "disabled"})),
}


class AccountSettingOperations(Operations):
    """List, put and delete account settings. The account is the only principal."""

    def list_account_settings(self, parameters: ListAccountSettingsRequestTypeDef) -> Response:
        """List the settings that were put; with `effectiveSettings` also the defaults."""
        values = dict(self.store.account_settings)
        if parameters.get("effectiveSettings"):
            values = {name: default for name, (default, _) in SETTINGS.items()} | values
        settings = [
            self._describe(name, value)
            for name, value in sorted(values.items())
            if name == parameters.get("name", name) and value == parameters.get("value", value)
        ]
        return page("settings", settings, parameters, usual=10)

    def put_account_setting(self, parameters: PutAccountSettingRequestTypeDef) -> Response:
        """Store a setting. Errors: InvalidParameterException for a name or value that AWS does not know."""
        return self._put(parameters["name"], parameters["value"])

    def _put(self, name: str, value: str) -> Response:
        if name not in SETTINGS or value not in SETTINGS[name][1]:
            raise AwsError("InvalidParameterException", f"Invalid value {value} for account setting {name}.")
        self.store.account_settings[name] = value
        self.control.changed()
        return {"setting": self._describe(name, value)}

    def put_account_setting_default(self, parameters: PutAccountSettingDefaultRequestTypeDef) -> Response:
        """Store a setting, as `put_account_setting` does: here, only the account has settings."""
        return self._put(parameters["name"], parameters["value"])

    def delete_account_setting(self, parameters: DeleteAccountSettingRequestTypeDef) -> Response:
        """Restore the default and return the value now in effect."""
        name = parameters["name"]
        if name not in SETTINGS:
            raise AwsError("InvalidParameterException", f"Unknown account setting {name}.")
        self.store.account_settings.pop(name, None)
        self.control.changed()
        return {"setting": self._describe(name, SETTINGS[name][0])}

    def _describe(self, name: str, value: str) -> Response:
        principal = f"arn:aws:iam::{self.host.account_id}:root"
        return {"name": name, "value": value, "principalArn": principal, "type": "user"}
