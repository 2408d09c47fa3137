"""CloudWatch: validates dashboards before they are stored; lists them by name, in pages."""

from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.dashboards import check_body, check_name
from localcloud.errors import AwsError
from localcloud.moto.patching import error, result

PAGE = 1000


def patch() -> None:
    """moto accepts any name and any JSON."""
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (put_dashboard, get_dashboard, list_dashboards, delete_dashboards):
        setattr(CloudWatchResponse, operation.__name__, operation)


def put_dashboard(self: Any) -> Any:
    name, body = self._get_param("DashboardName"), self._get_param("DashboardBody")
    try:
        check_name(name)
        check_body(body)
    except AwsError as refused:
        raise error(refused.code, refused.message) from refused
    self.cloudwatch_backend.put_dashboard(name, body).last_modified = datetime.now(UTC)
    return result({"DashboardValidationMessages": []})


def get_dashboard(self: Any) -> Any:
    name = self._get_param("DashboardName")
    _require(self, [name])
    held = self.cloudwatch_backend.dashboards[name]
    return result({"DashboardArn": held.arn, "DashboardBody": held.body, "DashboardName": name})


def list_dashboards(self: Any) -> Any:
    prefix, token = self._get_param("DashboardNamePrefix") or "", self._get_param("NextToken")
    held = self.cloudwatch_backend.dashboards
    names = sorted(name for name in held if name.startswith(prefix))
    if token and token not in names:
        raise error("InvalidParameterValue", f"The value {token} for parameter NextToken is invalid.")
    start = names.index(token) if token else 0
    page = [
        {
            "DashboardName": name,
            "DashboardArn": held[name].arn,
            "LastModified": held[name].last_modified,
            "Size": len(held[name].body.encode()),
        }
        for name in names[start : start + PAGE]
    ]
    more = {"NextToken": names[start + PAGE]} if len(names) > start + PAGE else {}
    return result({"DashboardEntries": page} | more)


def delete_dashboards(self: Any) -> Any:
    """Delete all dashboards or none."""
    names = self._get_param("DashboardNames", [])
    if not names:
        raise error("InvalidParameterValue", "Need at least 1 dashboard.")
    _require(self, names)
    for name in set(names):
        del self.cloudwatch_backend.dashboards[name]
    return result({})


def _require(self: Any, names: list[str]) -> None:
    if missing := [name for name in names if name not in self.cloudwatch_backend.dashboards]:
        raise error("ResourceNotFound", f"Dashboard {', '.join(missing)} does not exist")
