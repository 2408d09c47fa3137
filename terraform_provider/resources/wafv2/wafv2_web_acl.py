"""aws_wafv2_web_acl."""

from typing import Any

from terraform_provider.framework.arguments import refuse_conflicts, refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.wafv2 import _calls
from terraform_provider.resources.wafv2._shapes import attributes, block_of, request, same, shape_of
from terraform_provider.values.unknown import State

KIND = "aws_wafv2_web_acl"
OWN = ("arn", "capacity", "id", "lock_token", "name", "name_prefix", "application_integration_url", "tags", "tags_all")
"""Attributes that are not in the requests, or in other forms."""
NOT_SERVED = ("association_config", "data_protection_config", "rule_json")


@resource(KIND)
class WebAcl(Resource):
    noun = "WAFv2 WebACL"
    gone = (_calls.GONE,)

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")
        refuse_not_served(config, NOT_SERVED, KIND, "Write the rules as blocks, or use the real provider.")

    def create(self, aws: Aws, planned: State) -> str:
        wafv2, name = aws.client("wafv2"), chosen_name(planned)
        planned["name"] = name
        made = {"Name": name, "Scope": planned["scope"], **_content(planned), **_calls.tagged(planned)}
        # An IP set that a rule names may be too new for WAF.
        return str(_calls.settled(aws, lambda: wafv2.create_web_acl(**made))["Summary"]["Id"])

    def read(self, aws: Aws, state: State) -> State | None:
        answer = aws.client("wafv2").get_web_acl(**_calls.place(state))
        found = answer["WebACL"]
        read = attributes(block_of(KIND), shape_of("WebACL"), found)
        return {
            **{
                name: state[name] if same(state.get(name), each) else each
                for name, each in read.items()
                if name not in ("scope", *OWN)
            },
            "application_integration_url": answer.get("ApplicationIntegrationURL"),
            "arn": found["ARN"],
            "capacity": found.get("Capacity"),
            "lock_token": answer["LockToken"],
            "name": found["Name"],
            "name_prefix": prefix_of(found["Name"]),
            "tags_all": _calls.tags_of(aws, found["ARN"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed - {"tags", "tags_all", "lock_token"}:
            _calls.changed(aws, "update", "web_acl", prior, members=_content(planned))
        if "tags_all" in changed:
            _calls.change_tags(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        _calls.changed(aws, "delete", "web_acl", state, _calls.IN_USE, _calls.NOT_YET)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return _calls.imported(id)


def _content(planned: State) -> dict[str, Any]:
    """Return the arguments of creation and update: an update replaces everything."""
    written = {name: value for name, value in planned.items() if name not in OWN}
    made = request(block_of(KIND), shape_of("CreateWebACLRequest"), written)
    return {"Rules": [], **{name: value for name, value in made.items() if name != "Scope"}}
