"""aws_cloudwatch_dashboard."""

import re
from typing import ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import normal_json, same_json
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State

LONGEST_NAME = 255
SIGNS = re.compile(r"[\-_A-Za-z0-9]+")


@resource("aws_cloudwatch_dashboard")
class Dashboard(Resource):
    noun = "CloudWatch Dashboard"
    title = "dashboard_name"
    gone = ("ResourceNotFound", "DashboardNotFoundError")
    equivalent: ClassVar = {"dashboard_body": same_json}
    normal: ClassVar = {"dashboard_body": normal_json}

    def validate(self, config: State) -> None:
        name = config.get("dashboard_name")
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            raise ProviderError(
                f'"dashboard_name" cannot be longer than {LONGEST_NAME} characters: "{name}"', path=("dashboard_name",)
            )
        if isinstance(name, str) and not SIGNS.fullmatch(name):
            raise ProviderError(
                f'"dashboard_name" doesn\'t comply with restrictions (only letters, digits, - and _): "{name}"',
                path=("dashboard_name",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned)
        return str(planned["dashboard_name"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("cloudwatch").get_dashboard(DashboardName=state["id"])
        return {
            "dashboard_arn": found["DashboardArn"],
            "dashboard_body": found["DashboardBody"],
            "dashboard_name": found["DashboardName"],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("cloudwatch").delete_dashboards(DashboardNames=[state["id"]])


def _put(aws: Aws, planned: State) -> None:
    aws.client("cloudwatch").put_dashboard(
        DashboardName=planned["dashboard_name"], DashboardBody=planned["dashboard_body"]
    )
