"""CloudWatch: validates dashboards before they are stored; lists them by name, in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.cloudwatch.dashboards import check_body, check_name
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result

if TYPE_CHECKING:
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult


PAGE = 1000


def patch() -> None:
    """moto accepts any name and any JSON."""
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, put_dashboard, get_dashboard, list_dashboards, delete_dashboards)


def put_dashboard(self: CloudWatchResponse) -> ActionResult:
    name, body = self._get_param("DashboardName"), self._get_param("DashboardBody")
    try:
        check_name(name)
        check_body(body)
    except AwsError as refused:
        raise AwsError(refused.code, refused.message) from refused
    self.cloudwatch_backend.put_dashboard(name, body).last_modified = datetime.now(UTC)
    return result({"DashboardValidationMessages": []})


def get_dashboard(self: CloudWatchResponse) -> ActionResult:
    name = self._get_param("DashboardName")
    _require(self, [name])
    dashboard = self.cloudwatch_backend.dashboards[name]
    return result({"DashboardArn": dashboard.arn, "DashboardBody": dashboard.body, "DashboardName": name})


def list_dashboards(self: CloudWatchResponse) -> ActionResult:
    prefix, token = self._get_param("DashboardNamePrefix") or "", self._get_param("NextToken")
    dashboards = self.cloudwatch_backend.dashboards
    names = sorted(name for name in dashboards if name.startswith(prefix))
    if token and token not in names:
        raise AwsError("InvalidParameterValue", f"The value {token} for parameter NextToken is invalid.")
    start = names.index(token) if token else 0
    page = [
        {
            "DashboardName": name,
            "DashboardArn": dashboards[name].arn,
            "LastModified": dashboards[name].last_modified,
            "Size": len(dashboards[name].body.encode()),
        }
        for name in names[start : start + PAGE]
    ]
    more = {"NextToken": names[start + PAGE]} if len(names) > start + PAGE else {}
    return result({"DashboardEntries": page, **more})


def delete_dashboards(self: CloudWatchResponse) -> ActionResult:
    """Delete all dashboards or none."""
    names = self._get_param("DashboardNames", [])
    if not names:
        raise AwsError("InvalidParameterValue", "Need at least 1 dashboard.")
    _require(self, names)
    for name in set(names):
        del self.cloudwatch_backend.dashboards[name]
    return result({})


def _require(self: CloudWatchResponse, names: list[str]) -> None:
    if missing := [name for name in names if name not in self.cloudwatch_backend.dashboards]:
        raise AwsError("ResourceNotFound", f"Dashboard {', '.join(missing)} does not exist")
