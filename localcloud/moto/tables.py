"""Loads moto's tables once and on demand: by default moto uses 120 MiB more memory and starts later."""

from functools import cache, wraps
from inspect import unwrap
from typing import Any

from localcloud.protocol.regions import ENDPOINT_RESOLVER
from localcloud.protocol.service_models import loader

OFFERINGS = "ec2/resources/instance_type_offerings/"
UNREAD = (OFFERINGS, "ec2/resources/amis.json")
"""Read on first use, or never: there are no public machine images."""


class Offerings(dict[str, list[dict[str, Any]]]):
    """The instance types offered in each region, for one location type; moto reads it by key and by `get`."""

    def __init__(self, location_type: str) -> None:
        super().__init__()
        self._location_type = location_type

    def get(self, region: str, default: Any = None) -> Any:
        try:
            return self[region]
        except KeyError:
            return default

    def __missing__(self, region: str) -> list[dict[str, object]]:
        from moto.utilities.utils import load_resource

        try:
            found = unwrap(load_resource)(f"{OFFERINGS}{self._location_type}/{region}.json")
        except FileNotFoundError:
            raise KeyError(region) from None
        self[region] = [offering | {"LocationType": self._location_type} for offering in found]
        return self[region]


@cache
def read_late() -> None:
    """Call before any of moto's service modules is imported; call `offer` after its EC2 module."""
    import boto3
    import botocore.session
    from moto.core import base_backend, utils
    from moto.utilities import utils as utilities

    # moto's EC2 makes three sessions to list regions, and each would load all endpoints.
    # One loader serves all purposes of a service model: our checks, moto's parsing, and knowing the service's regions.
    sessions: Any = botocore.session
    sessions.create_loader = lambda *_: loader()
    models: Any = utils
    models.create_loader = loader
    session = botocore.session.Session()
    session.register_component("data_loader", loader())
    of_regions = boto3.Session(botocore_session=session)
    backend: Any = base_backend.AccountSpecificBackend
    backend.get_session = classmethod(lambda _: of_regions)
    _list_regions_without_model()

    @wraps(utilities.load_resource)
    def load_resource(resource: str) -> Any:
        return [] if resource.startswith(UNREAD) else unwrap(load_resource)(resource)

    tables: Any = utilities
    tables.load_resource = load_resource


def _list_regions_without_model() -> None:
    """Let moto's EC2 list its regions without the model of EC2, botocore's largest, which many runs never need."""
    import botocore.session

    sessions: Any = botocore.session.Session
    listed = sessions.get_available_regions

    @wraps(listed)
    def get_available_regions(
        session: object, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        if service_name != "ec2":
            return list(listed(session, service_name, partition_name, allow_non_regional))
        return list(ENDPOINT_RESOLVER.get_available_endpoints("ec2", partition_name, allow_non_regional))

    sessions.get_available_regions = get_available_regions


def offer() -> None:
    """Make moto's EC2 load a region's instance types on first use."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    for location_type in INSTANCE_TYPE_OFFERINGS:
        INSTANCE_TYPE_OFFERINGS[location_type] = Offerings(location_type)
