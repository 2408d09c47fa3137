"""Taggable resources of EC2, ELBv2, API Gateway, WAF and Route 53."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from localcloud.ec2.resource_types import ids, type_of
from localcloud.tagging.resources import Tagged, of_tagger


def _of_ec2(backend: Any) -> Iterator[Tagged]:
    there = ids(backend)
    for each, tags in backend.tags.items():
        if each in there and (name := type_of(each)):
            yield Tagged(f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:{name}/{each}", dict(tags))


def _of_balancers(backend: Any) -> Iterator[Tagged]:
    arns = [*backend.load_balancers, *backend.target_groups]
    for balancer in backend.load_balancers.values():
        for arn, listener in balancer.listeners.items():
            arns += [arn, *listener.rules]
    return of_tagger(backend.tagging_service, arns)


def _of_http_apis(backend: Any) -> Iterator[Tagged]:
    arns = [link.arn for link in backend.vpc_links.values()]
    for api in backend.apis.values():
        arns += [api.arn, *(f"{api.arn}/stages/{name}" for name in api.stages)]
    return of_tagger(backend.tagger, arns)


def _of_firewalls(backend: Any) -> Iterator[Tagged]:
    return of_tagger(
        backend.tagging_service,
        [*backend.wacls, *backend.ip_sets, *backend.rule_groups, *backend.regex_pattern_sets],
    )


def _of_zones(backend: Any) -> Iterator[Tagged]:
    for name, there in (("hostedzone", backend.zones), ("healthcheck", backend.health_checks)):
        for each, tags in backend.resource_tags.items():
            if each in there:
                yield Tagged(f"arn:aws:route53:::{name}/{each}", dict(tags))


LISTS: Mapping[str, Callable[[Any], Iterable[Tagged]]] = {
    "ec2": _of_ec2,
    "elbv2": _of_balancers,
    "apigatewayv2": _of_http_apis,
    "wafv2": _of_firewalls,
    "route53": _of_zones,
}
