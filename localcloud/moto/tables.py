"""moto's tables, each read once and when it is asked for: by itself moto holds 75 MiB more, and starts later."""

from functools import cache, wraps
from inspect import unwrap
from typing import Any

OFFERINGS = "ec2/resources/instance_type_offerings/"


class Offerings(dict[str, list[dict[str, Any]]]):
    """The instance types offered in each region, by one type of location; moto asks by key and by `get`."""

    def __init__(self, location_type: str) -> None:
        super().__init__()
        self._location_type = location_type

    def get(self, region: str, default: Any = None) -> Any:
        try:
            return self[region]
        except KeyError:
            return default

    def __missing__(self, region: str) -> list[dict[str, Any]]:
        from moto.utilities.utils import load_resource

        try:
            found = unwrap(load_resource)(f"{OFFERINGS}{self._location_type}/{region}.json")
        except FileNotFoundError:
            raise KeyError(region) from None
        self[region] = [offering | {"LocationType": self._location_type} for offering in found]
        return self[region]


@cache
def read_late() -> None:
    """Before the first of moto's parts is imported; `offer` follows when its EC2 is."""
    import boto3
    from botocore.session import Session
    from moto.core import base_backend, loaders, utils
    from moto.utilities import utils as utilities

    # A service's model serves twice: to read requests, and to know which regions the service has.
    loader = loaders.create_loader()
    models: Any = utils
    models.create_loader = lambda: loader
    session = Session()
    session.register_component("data_loader", loader)
    of_regions = boto3.Session(botocore_session=session)
    backend: Any = base_backend.AccountSpecificBackend
    backend.get_session = classmethod(lambda _: of_regions)

    @wraps(utilities.load_resource)
    def load_resource(resource: str) -> Any:
        return [] if resource.startswith(OFFERINGS) else unwrap(load_resource)(resource)

    tables: Any = utilities
    tables.load_resource = load_resource


def offer() -> None:
    """Let moto's EC2 know each region's instance types from when it is asked for them."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    for location_type in INSTANCE_TYPE_OFFERINGS:
        INSTANCE_TYPE_OFFERINGS[location_type] = Offerings(location_type)
