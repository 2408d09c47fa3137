"""aws_route_table_association."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import refuse_unless_one
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.values.unknown import State

CREATE_TIMEOUT = "5m"
UPDATE_TIMEOUT = "2m"
DELETE_TIMEOUT = "5m"
GONE = "InvalidAssociationID.NotFound"


@resource("aws_route_table_association")
class RouteTableAssociation(Resource):
    noun = "Route Table Association"
    title = "id"
    gone = (GONE, "InvalidRouteTableID.NotFound")

    def validate(self, config: State) -> None:
        refuse_unless_one(config, "gateway_id", "subnet_id")

    def create(self, aws: Aws, planned: State) -> str:
        target = {"SubnetId": planned["subnet_id"], "GatewayId": planned["gateway_id"]}
        request = {key: value for key, value in target.items() if value}
        made = retried(
            aws,
            lambda: aws.client("ec2").associate_route_table(RouteTableId=planned["route_table_id"], **request),
            codes=("InvalidRouteTableID.NotFound",),
            timeout_s=timeout_s(planned, "create", CREATE_TIMEOUT),
        )
        return str(made["AssociationId"])

    def complete(self, aws: Aws, state: State) -> None:
        _wait(aws, state["id"], timeout_s(state, "create", CREATE_TIMEOUT))

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state["id"])
        if found is None:
            return None
        return {
            "gateway_id": found.get("GatewayId"),
            "route_table_id": found["RouteTableId"],
            "subnet_id": found.get("SubnetId"),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        """Associate the same subnet or gateway with another table: EC2 gives the association a new id."""
        if "route_table_id" not in changed:
            return
        try:
            made = aws.client("ec2").replace_route_table_association(
                AssociationId=prior["id"], RouteTableId=planned["route_table_id"]
            )
        except ClientError as exc:
            if code_of(exc) != GONE:
                raise
            planned["id"] = self.create(aws, planned)
        else:
            planned["id"] = made["NewAssociationId"]
        _wait(aws, planned["id"], timeout_s(planned, "update", UPDATE_TIMEOUT))

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("ec2").disassociate_route_table(AssociationId=state["id"])
        _wait(aws, state["id"], timeout_s(state, "delete", DELETE_TIMEOUT), "")

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        target, separator, table = id.partition("/")
        if not separator or "/" in table:
            raise ProviderError(
                f"Unexpected format for import: {id}. Use 'subnet ID/route table ID' or 'gateway ID/route table ID",
                "Write it as in subnet-0123456789abcdef0/rtb-0123456789abcdef0.",
            )
        described = aws.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        for each in described["Associations"]:
            if target in (each.get("SubnetId"), each.get("GatewayId")):
                return {"id": each["RouteTableAssociationId"]}
        raise ProviderError(f"no association found between {table} and {target}", "Check the table's id.")


def _found(aws: Aws, association_id: str) -> dict[str, Any] | None:
    named = {"Name": "association.route-table-association-id", "Values": [association_id]}
    tables = aws.client("ec2").describe_route_tables(Filters=[named])["RouteTables"]
    return next(
        (
            each
            for table in tables
            for each in table["Associations"]
            if each["RouteTableAssociationId"] == association_id and _state(each) != "disassociated"
        ),
        None,
    )


def _state(association: dict[str, Any]) -> str:
    return str(association.get("AssociationState", {}).get("State", "associated"))


def _wait(aws: Aws, association_id: str, limit_s: float, wanted: str = "associated") -> None:
    def state() -> str:
        found = _found(aws, association_id)
        return _state(found) if found else ""

    wait_until(aws, f"association {association_id}", state, (wanted,), timeout_s=limit_s)
