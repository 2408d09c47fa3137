"""The ARNs for which ELBv2's calls need permission, where the service authorization reference mixes up API versions.

The reference has one list for classic load balancers and for those of version 2, and no name for what a call creates.
"""

from collections.abc import Iterator, Mapping

from localcloud.authorization.parameters import at_path
from localcloud.authorization.resources import ANY, Place

PREFIX = "elasticloadbalancing"
KINDS = {"network": "net", "gateway": "gwy"}
"""The type of a load balancer -> the word for it in ARNs; `app` for all others."""
NEW_IN = {
    "CreateListener": ("LoadBalancerArn", ":loadbalancer/", ":listener/"),
    "CreateRule": ("ListenerArn", ":listener/", ":listener-rule/"),
}
"""Operation -> what it creates something in, and the words in both ARNs."""
NAMED = {"AddTags": "ResourceArns", "RemoveTags": "ResourceArns", "SetRulePriorities": "RulePriorities.RuleArn"}
"""Operation -> where it names what it is about."""


def named_by(operation: str, parameters: Mapping[str, object], place: Place) -> tuple[str, ...]:
    """Return the ARNs that a call is about; empty for calls that the reference describes well."""
    if path := NAMED.get(operation):
        return tuple(dict.fromkeys(at_path(parameters, path)))
    name = parameters.get("Name")
    if not isinstance(name, str):
        return ()
    begin = f"arn:{place.partition}:{PREFIX}:{place.region}:{place.account_id}"
    if operation == "CreateLoadBalancer":
        return (f"{begin}:loadbalancer/{KINDS.get(str(parameters.get('Type')), 'app')}/{name}/{ANY}",)
    return (f"{begin}:targetgroup/{name}/{ANY}",) if operation == "CreateTargetGroup" else ()


def new_in(operation: str, parameters: Mapping[str, object]) -> Iterator[str]:
    """Yield the ARN of the listener or rule that a call creates, with `*` for its id."""
    if operation in NEW_IN:
        parameter, old, new = NEW_IN[operation]
        for arn in at_path(parameters, parameter):
            yield f"{arn.replace(old, new, 1)}/{ANY}"
