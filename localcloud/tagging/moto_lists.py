"""Tagged resources in moto's backends. Call in moto's thread; reading them does not cause a save."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from localcloud.tagging import moto_networks, moto_stores
from localcloud.tagging.resources import Tagged

GLOBAL, HOME_OF_GLOBAL = ("aws", "global"), "us-east-1"
"""moto's regions of services without one, and the region in which AWS lists them."""
PACKAGES = {"elasticloadbalancing": "elbv2"}
"""A service in ARNs -> moto's package of it, where the names differ."""
UNLISTED = ("autoscaling", "ecs")
"""Auto Scaling, which AWS does not list, and ECS, which is not moto's."""

OWN_LISTS: Mapping[str, Callable[[Any], Iterable[Tagged]]] = {**moto_networks.LISTS, **moto_stores.LISTS}
"""moto's package -> all its resources, even without tags, where moto lists fewer than AWS."""


def listed(account_id: str, region: str) -> Iterator[Tagged]:
    """Yield the tagged resources of a region."""
    for service, backend in _backends(account_id, region):
        yield from (each for each in _of(service, backend) if each.tags and _is_in(each, region, backend))


def tags_of(arn: str, account_id: str) -> Mapping[str, str]:
    """Return the tags of a resource; none if it has none, or is of a service whose tags are not known."""
    service, region = arn.split(":")[2:4]
    names = (service, PACKAGES.get(service, service.replace("-", "")))
    for package, backend in _backends(account_id, region or GLOBAL[0]):
        if package in names:
            for each in _of(package, backend):
                if each.arn == arn:
                    return each.tags
    return {}


def _of(service: str, backend: Any) -> Iterable[Tagged]:
    if service in OWN_LISTS:
        return OWN_LISTS[service](backend)
    return (Tagged(each.arn.removesuffix(":*"), each.tags) for each in backend.iter_tagged_resources())


def _is_in(each: Tagged, region: str, backend: Any) -> bool:
    """Return whether AWS lists the resource in the region: a bucket in its own, a global one in us-east-1."""
    if each.service == "s3":
        return bool(backend.buckets[each.arn.rpartition(":")[2]].region_name == region)
    return (each.arn.split(":")[3] or HOME_OF_GLOBAL) == region


def _backends(account_id: str, region: str) -> Iterator[tuple[str, Any]]:
    from moto.core.base_backend import BackendDict
    from moto.core.resource_tagging import TaggableResourcesMixin

    registered: Any = BackendDict
    for backends in list(registered._instances):
        service = backends.backend.__module__.split(".")[1]
        listing = service in OWN_LISTS or issubclass(backends.backend, TaggableResourcesMixin)
        if not listing or service in UNLISTED:
            continue
        for owner, place, backend in backends.iter_backends():
            if owner == account_id and place in (region, *GLOBAL):
                yield service, backend
