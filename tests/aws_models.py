"""AWS's models, read once in a process: otherwise every session of boto3 reads those of its clients anew.

What each client makes of its model, the methods and shapes, is kept too: it is a third of the making of a client. So
are the rules of its endpoint and the parameters of its handlers, a fifth of the rest.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

import botocore.session
from botocore import compat, hooks, regions
from botocore.client import ClientCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel

_models: dict[int, ServiceModel] = {}
"""By the id of the text that a loader keeps, as the model does."""
_methods: dict[int, dict[str, Any]] = {}
_providers: dict[tuple[int, int], tuple[EndpointProvider, Any, Any]] = {}
"""By the ids of the rules and partitions, which are kept so that nothing else gets these ids."""
_accepting: dict[CodeType, bool] = {}


class Paths(list[str]):
    """Search paths, to which each session adds the same one."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


def share() -> None:
    """Let all sessions made from now on use one loader, but those that are to look elsewhere."""
    shared = Loader(extra_search_paths=Paths())
    session: Any = botocore.session
    session.create_loader = lambda data_path=None: create_loader(data_path) if data_path else shared
    creator: Any = ClientCreator
    creator._load_service_model = _service_model
    creator._create_methods = _methods_of
    registering: Any = hooks
    registering.accepts_kwargs = _accepts_kwargs
    resolving: Any = regions
    resolving.EndpointProvider = _provider


def _service_model(creator: Any, name: str, api_version: str | None = None) -> ServiceModel:
    text = creator._loader.load_service_model(name, "service-2", api_version=api_version)
    if id(text) not in _models:
        _models[id(text)] = ServiceModel(text, service_name=name)
    return _models[id(text)]


_create_methods = ClientCreator._create_methods


def _methods_of(creator: Any, model: ServiceModel) -> dict[str, Any]:
    if id(model) not in _methods:
        _methods[id(model)] = _create_methods(creator, model)
    return dict(_methods[id(model)])


def _provider(ruleset_data: Any, partition_data: Any, **rest: Any) -> EndpointProvider:
    key = id(ruleset_data), id(partition_data)
    if key not in _providers:
        _providers[key] = EndpointProvider(ruleset_data, partition_data, **rest), ruleset_data, partition_data
    return _providers[key][0]


def _accepts_kwargs(handler: Callable[..., Any]) -> bool:
    code = getattr(handler, "__code__", None)
    if code is None:  # an object that can be called
        return bool(compat.accepts_kwargs(handler))
    if code not in _accepting:
        _accepting[code] = compat.accepts_kwargs(handler)
    return _accepting[code]
