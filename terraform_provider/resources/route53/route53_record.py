"""aws_route53_record."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from terraform_provider.framework.arguments import refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.resources.route53 import _record_sets
from terraform_provider.values.unknown import State

TIMEOUT = "30m"
ZONE_APPEARS_WITHIN_S = 60.0
NOT_SERVED = ("cidr_routing_policy", "geoproximity_routing_policy")
"""Policies that the local cloud forgets."""


def _lower(text: Any) -> Any:
    return text.lower().removesuffix(".") if isinstance(text, str) else text


@resource("aws_route53_record")
class Record(Resource):
    noun = "Route53 Record"
    gone = ("NoSuchHostedZone",)
    normal: ClassVar = {"name": _lower}

    def validate(self, config: State) -> None:
        refuse_not_served(config, NOT_SERVED, advice="Use another routing policy, or the real provider.")
        if not config.get("alias") and not config.get("records"):
            raise ProviderError("one of `alias,records` must be specified", path=("records",))

    def create(self, aws: Aws, planned: State) -> str:
        action = "UPSERT" if planned["allow_overwrite"] else "CREATE"
        _change(aws, planned, [(action, _record_sets.request(planned, _zone_name(aws, planned)))], "create")
        return _record_sets.id_of(planned)

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state)
        if found is None:
            return None
        name = _record_sets.expanded(state["name"], _zone_name(aws, state))
        return {**_record_sets.attributes(found), "fqdn": name, "id": _record_sets.id_of(state)}

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        zone = _zone_name(aws, planned)
        new = _record_sets.request(planned, zone)
        changes = [("UPSERT", new)]
        if changed & {"type", "set_identifier"}:
            action = "UPSERT" if planned["allow_overwrite"] else "CREATE"
            changes = [("DELETE", _record_sets.request(prior, zone)), (action, new)]
        _change(aws, planned, changes, "update")

    def delete(self, aws: Aws, state: State) -> None:
        found = _found(aws, state)
        if found is not None:
            _change(aws, state, [("DELETE", found)], "delete")

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return {"id": id, **_record_sets.parsed(id)}


def _zone_name(aws: Aws, state: State) -> str:
    zone = aws.client("route53").get_hosted_zone(Id=_record_sets.zone_id(state))
    return str(zone["HostedZone"]["Name"]).removesuffix(".")


def _found(aws: Aws, state: State) -> Mapping[str, Any] | None:
    name = _record_sets.expanded(state["name"], _zone_name(aws, state)).lower() + "."
    pages = (
        aws.client("route53")
        .get_paginator("list_resource_record_sets")
        .paginate(HostedZoneId=_record_sets.zone_id(state), StartRecordName=name, StartRecordType=state["type"])
    )
    for page in pages:
        for each in page["ResourceRecordSets"]:
            key = (each["Name"].replace("\\052", "*").lower(), each["Type"])
            if key != (name, state["type"]):
                return None
            if each.get("SetIdentifier", "") == (state["set_identifier"] or ""):
                found: Mapping[str, Any] = each
                return found
    return None


def _change(aws: Aws, state: State, changes: Sequence[tuple[str, Mapping[str, Any]]], operation: str) -> None:
    route53 = aws.client("route53")
    batch = {
        "Comment": "Deleted by Terraform" if operation == "delete" else "Managed by Terraform",
        "Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes],
    }
    made = retried(
        aws,
        lambda: route53.change_resource_record_sets(HostedZoneId=_record_sets.zone_id(state), ChangeBatch=batch),
        codes=("NoSuchHostedZone",) if operation == "create" else (),
        timeout_s=ZONE_APPEARS_WITHIN_S,
    )
    wait_until(
        aws,
        "the change",
        lambda: str(route53.get_change(Id=made["ChangeInfo"]["Id"])["ChangeInfo"]["Status"]),
        ("INSYNC",),
        pending=("PENDING",),
        timeout_s=timeout_s(state, operation, TIMEOUT),
    )
