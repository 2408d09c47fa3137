"""aws_lb_listener."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.framework.tags import OF_AWS
from terraform_provider.resources.elb import _listeners, _tags
from terraform_provider.values.unknown import State


@data_source("aws_lb_listener")
def lb_listener(aws: Aws, config: State) -> State:
    """Describe the listener with an ARN, or at a port of a load balancer."""
    if not config["arn"] and not (config["load_balancer_arn"] and config["port"]):
        raise ProviderError("both `load_balancer_arn` and `port` must be set", "Or set `arn` alone.", ("arn",))
    found = _found(aws, config)
    arn = found["ListenerArn"]
    own = {key: value for key, value in _tags.of(aws, arn).items() if not key.startswith(OF_AWS)}
    return {"id": arn, **_listeners.attributes(found, None), "tags": own}


def _found(aws: Aws, config: State) -> Any:
    elb = aws.client("elbv2")
    if config["arn"]:
        return elb.describe_listeners(ListenerArns=[config["arn"]])["Listeners"][0]
    pages = elb.get_paginator("describe_listeners").paginate(LoadBalancerArn=config["load_balancer_arn"])
    at_port = [each for page in pages for each in page["Listeners"] if each.get("Port") == config["port"]]
    if not at_port:
        raise ProviderError(
            "reading ELBv2 Listener: couldn't find resource",
            f"{config['load_balancer_arn']} has no listener on port {config['port']}.",
            ("port",),
        )
    return at_port[0]
