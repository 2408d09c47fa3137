"""aws_wafv2_ip_set."""

from typing import Any

from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.wafv2 import _calls
from terraform_provider.values.unknown import State


@resource("aws_wafv2_ip_set")
class IpSet(Resource):
    noun = "WAFv2 IPSet"
    gone = (_calls.GONE,)

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")

    def create(self, aws: Aws, planned: State) -> str:
        request: dict[str, Any] = {
            "Name": chosen_name(planned),
            "Scope": planned["scope"],
            "IPAddressVersion": planned["ip_address_version"],
            "Addresses": sorted(planned["addresses"] or []),
            **_described(planned),
            **_calls.tagged(planned),
        }
        planned["name"] = request["Name"]
        return str(aws.client("wafv2").create_ip_set(**request)["Summary"]["Id"])

    def read(self, aws: Aws, state: State) -> State | None:
        answer = aws.client("wafv2").get_ip_set(**_calls.place(state))
        found = answer["IPSet"]
        return {
            "addresses": found["Addresses"],
            "arn": found["ARN"],
            "description": found.get("Description"),
            "ip_address_version": found["IPAddressVersion"],
            "lock_token": answer["LockToken"],
            "name": found["Name"],
            "name_prefix": prefix_of(found["Name"]),
            "tags_all": _calls.tags_of(aws, found["ARN"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed - {"tags", "tags_all", "lock_token"}:
            members = {"Addresses": sorted(planned["addresses"] or []), **_described(planned)}
            _calls.changed(aws, "update", "ip_set", prior, members=members)
        if "tags_all" in changed:
            _calls.change_tags(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        _calls.changed(aws, "delete", "ip_set", state, _calls.IN_USE)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return _calls.imported(id)


def _described(planned: State) -> dict[str, str]:
    return {"Description": planned["description"]} if planned["description"] else {}
